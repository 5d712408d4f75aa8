import { AppError } from '@lms/errors';
import type { Deps } from '../deps.ts';
import { findRecordingOfAnybody } from './recording-store.ts';
import { type TranscribeDeps, transcribeRecording } from './transcribe-recording.ts';

/** The share of a day's budget that transcribing ahead of time may use; the rest is for requests of the learner. */
const aheadShare = 0.5;

/** Job: transcribes a recording ahead of time. A failure does no harm, because grading will transcribe it. */
export async function transcribeAhead(
  { assetId, languageTag }: { assetId: string; languageTag: string },
  deps: TranscribeDeps & Pick<Deps, 'log'>,
  signal: AbortSignal,
): Promise<void> {
  const recording = await findRecordingOfAnybody(deps.prisma, assetId);
  if (!recording) return;
  try {
    const request = { assetId, userId: recording.ownerId, languageTag, share: aheadShare };
    await transcribeRecording(
      { ...request, signal: AbortSignal.any([signal, AbortSignal.timeout(deps.grading.timeoutMs)]) },
      deps,
    );
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    deps.log.info({ assetId, code: error.code }, 'a recording could not be transcribed ahead of time');
  }
}
