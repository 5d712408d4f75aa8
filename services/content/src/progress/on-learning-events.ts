import type { BatchHandler, CloudEvent } from '@lms/events';
import type { SqlTransaction } from '@lms/postgres';
import type { Deps } from '../deps.ts';
import type { Contribution } from './learning.ts';
import { addProgress } from './progress-store.ts';

type LearningEvent = 'exercise.answered' | 'lesson.completed';

/** The service's own events, consumed from Kafka: all rows in the progress tables come from them. */
export const onLearningEvents: BatchHandler<LearningEvent, SqlTransaction, Deps> = {
  types: ['exercise.answered', 'lesson.completed'],
  async handleBatch(events, { tx }) {
    await addProgress(tx, events.map(contributionOf));
  },
};

function contributionOf(event: CloudEvent<LearningEvent>): Contribution {
  const { userId, courseId, lessonId, xp } = event.data;
  const common = { userId, courseId, lessonId, xp, eventTime: new Date(event.time) };
  if ('completedAt' in event.data) {
    const at = new Date(event.data.completedAt);
    return { ...common, at, answers: 0, gradedAnswers: 0, correctAnswers: 0, completions: 1 };
  }
  const { correct, answeredAt } = event.data;
  return {
    ...common,
    at: new Date(answeredAt),
    answers: 1,
    gradedAnswers: correct === null ? 0 : 1,
    correctAnswers: correct ? 1 : 0,
    completions: 0,
  };
}
