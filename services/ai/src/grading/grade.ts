import { AppError } from '@lms/errors';
import type { Deps } from '../deps.ts';
import type { Feedback } from '../feedback/feedback.ts';
import { type TranscribeDeps, transcribeRecording } from '../recordings/transcribe-recording.ts';
import { scoreSpeech } from '../speaking/score-speech.ts';
import { runMetered } from '../usage/run-metered.ts';
import type { GradingJob } from './job-store.ts';

export type GradeDeps = TranscribeDeps & Pick<Deps, 'log'>;

/** Grades one piece of work. @throws AppError with the code that the learner is told. */
export async function grade(job: GradingJob, deps: GradeDeps, signal: AbortSignal): Promise<Feedback> {
  const { userId, languageTag } = job;
  const level = job.level ?? undefined;
  const expected = job.expectedText ?? undefined;
  if (job.kind === 'writing') {
    const { text } = job;
    if (text === null) throw unusable('A text is missing.');
    const prompt = job.prompt ?? undefined;
    return runMetered({ userId }, deps, (onCall) =>
      deps.provider.writingFeedback({ text, languageTag, prompt, level, expected, signal, onCall }),
    );
  }
  if (!job.assetId || !expected) throw unusable('A recording or its expected text is missing.');
  const transcription = await transcribeRecording(
    { assetId: job.assetId, userId, languageTag, signal },
    deps,
  );
  return scoreSpeech({ expectedText: expected, transcription, languageTag, level });
}

function unusable(message: string): AppError {
  return new AppError('validation_failed', message);
}
