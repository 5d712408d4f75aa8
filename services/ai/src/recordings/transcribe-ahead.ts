import { AppError } from '@lms/errors';
import type { Deps } from '../deps.ts';
import { findRecordingOfAnybody } from './recording-store.ts';
import { type TranscribeDeps, transcribeRecording } from './transcribe-recording.ts';

/** The part of a day's budget that work ahead may use up: the rest is for what the learner asks for. */
const aheadShare = 0.5;

/** Job: hears a recording before anybody asks. A failure is nobody's loss: grading hears it then. */
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
    deps.log.info({ assetId, code: error.code }, 'a recording was not transcribed ahead');
  }
}
