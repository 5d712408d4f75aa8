/** Random numbers that are the same for the same seed. */
export interface Random {
  /** From 0 (included) to 1 (excluded). */
  next(): number;
  /** From `low` to `high`. */
  between(low: number, high: number): number;
  /** Picks one of several, by weight. */
  pick<T extends { weight: number }>(from: readonly T[]): T;
}

/** mulberry32: small, and good enough to choose faults. https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    next,
    between: (low, high) => low + next() * (high - low),
    pick: (from) => {
      let rest = next() * from.reduce((sum, { weight }) => sum + weight, 0);
      const found = from.find(({ weight }) => {
        rest -= weight;
        return rest < 0;
      });
      const chosen = found ?? from.at(-1);
      if (!chosen) throw new Error('nothing to pick from');
      return chosen;
    },
  };
}
