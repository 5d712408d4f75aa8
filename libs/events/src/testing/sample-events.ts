import { v7 as uuidv7 } from 'uuid';
import type { EventData } from '../contracts/event-contracts.ts';

/** A learner's answer, with `xp` as a running number that tests check. */
export function answered(
  userId: string,
  xp: number,
): { type: 'exercise.answered'; data: EventData<'exercise.answered'> } {
  return {
    type: 'exercise.answered',
    data: {
      answerId: uuidv7(),
      userId,
      courseId: uuidv7(),
      lessonId: uuidv7(),
      exerciseId: uuidv7(),
      kind: 'mcq',
      correct: true,
      score: 1,
      xp,
      answeredAt: new Date().toISOString(),
    },
  };
}

/** A registration. */
export function registered(userId: string): { type: 'user.registered'; data: EventData<'user.registered'> } {
  return {
    type: 'user.registered',
    data: {
      userId,
      role: 'learner',
      locale: 'vi-VN',
      timeZone: 'Asia/Ho_Chi_Minh',
      registeredAt: new Date().toISOString(),
    },
  };
}
