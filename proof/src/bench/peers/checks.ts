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

/** Endless: the items in turn, so that consecutive requests never share one. */
export function inTurn<T>(items: readonly T[]): () => T {
  if (items.length === 0) throw new Error('there is nothing to take in turn');
  let next = 0;
  return () => items[next++ % items.length] as T;
}
