import type { Tx } from '../tx.ts';

export const countLessons = (tx: Tx) => tx.lesson.count();
export const deleteLessons = (tx: Tx) => tx.$executeRawUnsafe('DELETE FROM lessons');
