import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '@lms/errors';
import type { Deps } from '../deps.ts';
import { lockUser, refuseErased } from '../erasures/erasure-store.ts';
import { providerRequired, type Transcription } from '../providers/index.ts';
import { storable } from '../text/storable.ts';
import { primaryLanguage } from '../text/words.ts';
import { runMetered } from '../usage/run-metered.ts';
import { findRecording, type Recording } from './recording-store.ts';
import {
  claimTranscript,
  findTranscription,
  releaseTranscript,
  saveTranscription,
} from './transcript-store.ts';

/** Maximum size that providers accept; media's limit is lower. */
const maxBytes = 25 * 1024 * 1024;
const lookAgainMs = 200;

export type TranscribeDeps = Pick<
  Deps,
  'prisma' | 'objectStore' | 'provider' | 'budget' | 'aiMetrics' | 'grading'
>;

export interface TranscribeRequest {
  assetId: string;
  userId: string;
  languageTag: string;
  /** Share of the user's budget that may be used up; 1 by default. */
  share?: number;
  signal: AbortSignal;
}

/**
 * The transcript of a recording of the user, from the cache or transcribed now. Concurrent callers wait for the first
 * one, so that a recording is paid for only once.
 * @throws AppError `AI_PROVIDER_REQUIRED`, `media_missing` (not known, or not the user's), `budget_exceeded`
 *   or `ai_provider_failed`.
 */
export async function transcribeRecording(
  request: TranscribeRequest,
  deps: TranscribeDeps,
): Promise<Transcription> {
  const { assetId, userId, signal } = request;
  if (!deps.provider.canTranscribe) throw providerRequired('Speech to text');
  const recording = await findRecording(deps.prisma, assetId, userId);
  if (!recording) throw recordingMissing();
  const place = { assetId, language: primaryLanguage(request.languageTag) };
  for (;;) {
    const known = await findTranscription(deps.prisma, place);
    if (known) return known;
    const claimed = await deps.prisma.$transaction(async (tx) => {
      await lockUser(tx, userId);
      await refuseErased(tx, userId);
      const claimedUntil = new Date(Date.now() + deps.grading.leaseMs);
      return claimTranscript(tx, { ...place, ownerId: userId, claimedUntil });
    });
    if (claimed) break;
    if (!(await findRecording(deps.prisma, assetId, userId))) throw recordingMissing();
    await sleep(lookAgainMs, undefined, { signal });
  }
  try {
    const transcription = storable(await listen(recording, request, deps));
    await saveTranscription(deps.prisma, place, transcription);
    return transcription;
  } catch (error) {
    await releaseTranscript(deps.prisma, place);
    throw error;
  }
}

async function listen(
  recording: Recording,
  { userId, languageTag, share, signal }: TranscribeRequest,
  deps: TranscribeDeps,
): Promise<Transcription> {
  if (recording.sizeBytes > maxBytes)
    throw new AppError('ai_provider_failed', 'The recording is too large.', {
      details: { reason: 'rejected_input' },
    });
  const audio = await deps.objectStore.read(recording.key, { maxBytes, signal });
  if (!audio) throw recordingMissing();
  const { contentType, durationMs } = recording;
  const heard = await runMetered({ userId, ...(share === undefined ? {} : { share }) }, deps, (onCall) =>
    deps.provider.transcribe({ audio, contentType, languageTag, signal, onCall }),
  );
  return { ...heard, durationMs: heard.durationMs ?? durationMs };
}

function recordingMissing(): AppError {
  return new AppError('media_missing', 'The recording does not exist.');
}
