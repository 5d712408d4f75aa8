import { AppError } from '@lms/errors';
import type { Deps } from '../deps.ts';
import type { Feedback } from '../feedback/feedback.ts';
import { type TranscribeDeps, transcribeRecording } from '../recordings/transcribe-recording.ts';
import { scoreSpeech } from '../speaking/score-speech.ts';
import { runMetered } from '../usage/run-metered.ts';
import type { Grading } from './grading-store.ts';

export type GradeDeps = TranscribeDeps & Pick<Deps, 'log'>;

/** Grades one piece of work. @throws AppError with the code that the API shows to the learner. */
export async function grade(grading: Grading, deps: GradeDeps, signal: AbortSignal): Promise<Feedback> {
  const { userId, languageTag } = grading;
  const level = grading.level ?? undefined;
  const expected = grading.expectedText ?? undefined;
  if (grading.kind === 'writing') {
    const { text } = grading;
    if (text === null) throw unusable('A text is missing.');
    const prompt = grading.prompt ?? undefined;
    return runMetered({ userId }, deps, (onCall) =>
      deps.provider.writingFeedback({ text, languageTag, prompt, level, expected, signal, onCall }),
    );
  }
  if (!grading.assetId || !expected) throw unusable('A recording or its expected text is missing.');
  const transcription = await transcribeRecording(
    { assetId: grading.assetId, userId, languageTag, signal },
    deps,
  );
  return scoreSpeech({ expectedText: expected, transcription, languageTag, level });
}

function unusable(message: string): AppError {
  return new AppError('validation_failed', message);
}
