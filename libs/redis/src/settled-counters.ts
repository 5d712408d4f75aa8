import { LRUCache } from 'lru-cache';
import type { Count, CountedWindow, Counters } from './counters.ts';

/** A window in which at most `limit` events are wanted. */
export interface LimitedWindow extends CountedWindow {
  limit: number;
}

/** Counts events towards a limit, mostly in the memory of the process. Never throws. */
export interface SettledCounters {
  /** Counts one more event and returns the count, including this event; a promise if Redis is asked. */
  add(window: LimitedWindow, key: string): Count | Promise<Count>;
  /** Adds what is counted here alone to the counts in Redis, and stops doing so from time to time. */
  close(): Promise<void>;
}

/** Limits up to this one are counted in Redis at every event. */
const exactLimit = 60;
/** Share of a limit that a process may count by itself before it settles. */
const localShare = 0.05;
/** A count is settled after this time at the latest. */
const maxAgeMs = 2_000;
const lookEveryMs = 500;
/** Keys of one name that a process remembers; the least recently used is settled and dropped first. */
const maxKeys = 10_000;

interface Tally {
  window: LimitedWindow;
  key: string;
  /** The count in Redis when it was last asked. */
  known: number;
  /** When the window ends, by `performance.now()`. */
  endsAt: number;
  /** Events counted here alone, and those of them that are on their way to Redis. */
  pending: number;
  sending: number;
  pendingSince: number;
}

/**
 * Counters that ask Redis rarely (docs/adr/0017-limits-and-revocations-in-memory.md). A process counts up to 5 % of a
 * limit per key by itself, and adds that to the shared count in one step when it has that many, after two seconds, or
 * at shutdown. It asks Redis at every event where precision matters: for limits of 60 or less, for a key it does not
 * know, and from half of the limit on. So of one key at most `limit` + 5 % × pods events are admitted in a window, and
 * `limit` exactly if it is 60 or less.
 *
 * While Redis is down the same steps go to the memory of the process, as those of `counters` do.
 */
export function createSettledCounters(counters: Counters): SettledCounters {
  // Names are constants in the code, so this map does not grow with requests.
  const talliesByName = new Map<string, LRUCache<string, Tally>>();
  const unsettled = new Set<Tally>();

  const talliesOf = ({ name }: LimitedWindow) => {
    const tallies =
      talliesByName.get(name) ??
      new LRUCache<string, Tally>({
        max: maxKeys,
        dispose: (tally, _key, reason) => void (reason === 'evict' && settleOne(tally)),
      });
    talliesByName.set(name, tallies);
    return tallies;
  };

  /** Adds `more` events and those that are pending. The ones on their way still count as ours until Redis replies. */
  const send = async (tally: Tally, more: number): Promise<Count> => {
    const amount = tally.pending + more;
    tally.pending = 0;
    tally.sending += amount;
    unsettled.delete(tally);
    const count = await counters.add(tally.window, tally.key, amount);
    tally.sending -= amount;
    const endsAt = performance.now() + count.msLeft;
    // Replies may overtake one another; within a window a count only grows.
    const isSameWindow = Math.abs(endsAt - tally.endsAt) < 1_000;
    tally.known = isSameWindow ? Math.max(tally.known, count.count) : count.count;
    tally.endsAt = endsAt;
    return count;
  };

  const settleOne = async (tally: Tally): Promise<void> => {
    unsettled.delete(tally);
    // Events of a window that has ended must not count in the next one.
    if (tally.pending > 0 && performance.now() < tally.endsAt) await send(tally, 0);
  };

  const settleOld = () => {
    const old = performance.now() - maxAgeMs + lookEveryMs;
    // The oldest comes first. All of one tick share a round trip.
    for (const tally of unsettled) {
      if (tally.pendingSince > old) break;
      void settleOne(tally);
    }
  };
  const timer = setInterval(settleOld, lookEveryMs).unref();

  return {
    add(window, key) {
      if (window.limit <= exactLimit) return counters.add(window, key);
      const tallies = talliesOf(window);
      const now = performance.now();
      let tally = tallies.get(key);
      if (!tally || now >= tally.endsAt) {
        if (tally) unsettled.delete(tally);
        // Until Redis has replied, the window of this tally counts as ended, and others ask too.
        tally = { window, key, known: 0, endsAt: 0, pending: 0, sending: 0, pendingSince: now };
        tallies.set(key, tally);
        return send(tally, 1);
      }
      const own = tally.pending + tally.sending + 1;
      const count = tally.known + own;
      if (own >= Math.max(1, window.limit * localShare) || count >= window.limit / 2) return send(tally, 1);
      if (tally.pending === 0) {
        tally.pendingSince = now;
        unsettled.add(tally);
      }
      tally.pending += 1;
      return { count, msLeft: tally.endsAt - now };
    },
    async close() {
      clearInterval(timer);
      await Promise.all([...unsettled].map(settleOne));
    },
  };
}
