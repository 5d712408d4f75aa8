import type { Call } from './contender.ts';

/** A response with this status whose JSON satisfies `shape`. */
export function answers<T>(status: number, shape: (body: T) => boolean): Call['check'] {
  return (got, text) => {
    if (got !== status) return false;
    try {
      return shape(JSON.parse(text) as T);
    } catch {
      return false;
    }
  };
}

export const isNotModified: Call['check'] = (status, body) => status === 304 && body === '';

/** Takes the items in turn, without end, so that consecutive requests do not share one. */
export function inTurn<T>(items: readonly T[]): () => T {
  let next = 0;
  return () => {
    const item = items[next++ % items.length];
    if (item === undefined) throw new Error('there is nothing to take in turn');
    return item;
  };
}
