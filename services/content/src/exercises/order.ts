import { createHash } from 'node:crypto';

/** The numbers 0 to `count` - 1 in a random-looking order that is always the same for this exercise. */
export function shuffledOrder(exerciseId: string, part: string, count: number): number[] {
  return Array.from({ length: count }, (_, index) => ({ index, rank: digest(exerciseId, part, index) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .map(({ index }) => index);
}

/** Ids of the two sides of pair 0, 1, …; an id does not reveal which pair it belongs to. */
export function pairIds(exerciseId: string, count: number): { left: string[]; right: string[] } {
  const ids = (side: string) =>
    Array.from({ length: count }, (_, index) => digest(exerciseId, side, index).slice(0, 12));
  return { left: ids('left'), right: ids('right') };
}

function digest(...parts: (string | number)[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex');
}
