/** A store function with parameters that stand for a case: a typical learner, the one with most rows, a deep page. */
export interface Call {
  of: unknown;
  /** Which case it is. */
  what: string;
  run: (tx: never) => Promise<unknown>;
  /** Why this call may use more than the rules allow. */
  allowed?: string;
}

/** Calls `of(tx, ...args)`. */
export function call<T, A extends unknown[]>(
  of: (tx: T, ...args: A) => unknown,
  what: string,
  ...args: A
): Call {
  return { of, what, run: async (tx) => of(tx, ...args) };
}

/** A call that reads or changes a whole course, a whole user's data or a queue: the reason is printed with it. */
export function allowed(reason: string, made: Call): Call {
  return { ...made, allowed: reason };
}
