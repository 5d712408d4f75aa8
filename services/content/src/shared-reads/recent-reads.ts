import { LRUCache } from 'lru-cache';

export interface RecentReadsOptions<V> {
  /** Reads the value from its source. `previous` is the value that was read before, if it is still known. */
  load: (key: string, previous: V | undefined) => Promise<V>;
  /** Age up to which a value is returned without asking the source, in ms, counted from the start of its read. */
  maxAgeMs: number;
  /** Age up to which a value is returned when the source fails, in ms; 0 by default. */
  maxAgeWithoutSourceMs?: number;
  /** True for failures of the source itself; other errors are always thrown. */
  isSourceDown?: (error: unknown) => boolean;
  /** Limit of all values together; the least recently used are dropped. */
  maxBytes: number;
  /** Approximate size of a value in memory. */
  sizeOf: (value: V) => number;
}

export interface RecentReads<V> {
  /** The value as of at most `maxAgeMs` ago. Simultaneous callers of a key share one read. */
  get(key: string): Promise<V>;
  /** The value as far as it was read already, however old. */
  peek(key: string): V | undefined;
  /** The next `get` of the key, or of any key, reads again; reads that are running now are not used by later callers. */
  forget(key?: string): void;
}

interface Entry<V> {
  startedAt: number;
  value: Promise<V>;
  /** Present once the read has succeeded. */
  known?: { value: V; startedAt: number };
  running: boolean;
}

/** What an entry occupies besides its value: promise, map slots and key. */
const entryBytes = 500;

/**
 * Keeps the latest results of reads for a short time, in this process. A change that was committed more than
 * `maxAgeMs` before a call of `get` is always visible to it, because an age is counted from before the read began. A
 * caller who finds a read that has been running for longer than that waits for it and then shares a new one, so that
 * a slow source never has more than one read per key to answer.
 */
export function createRecentReads<V>(options: RecentReadsOptions<V>): RecentReads<V> {
  const { load, maxAgeMs, maxAgeWithoutSourceMs = 0, isSourceDown = () => false, sizeOf } = options;
  const entries = new LRUCache<string, Entry<V>>({
    maxSize: options.maxBytes,
    sizeCalculation: ({ known }, key) => entryBytes + 2 * key.length + (known ? sizeOf(known.value) : 0),
  });

  function start(key: string, previous: Entry<V>['known']): Promise<V> {
    const startedAt = performance.now();
    const read = async (): Promise<V> => {
      try {
        const value = await load(key, previous?.value);
        settle({ value, startedAt });
        return value;
      } catch (error) {
        const usable = previous && startedAt - previous.startedAt <= maxAgeWithoutSourceMs;
        settle(usable && isSourceDown(error) ? previous : undefined);
        if (!usable || !isSourceDown(error)) throw error;
        return previous.value;
      }
    };
    const entry: Entry<V> = {
      startedAt,
      running: true,
      value: Promise.resolve().then(read),
      ...(previous ? { known: previous } : {}),
    };
    const settle = (known: Entry<V>['known']) => {
      // Forgotten, dropped, or read again in the meantime.
      if (entries.peek(key) !== entry) return;
      // A new object, because the cache measures an object once.
      if (known) entries.set(key, { ...entry, running: false, known });
      else entries.delete(key);
    };
    entries.set(key, entry);
    // Every caller of `get` receives the rejection; nobody may be left when it comes.
    entry.value.catch(() => undefined);
    return entry.value;
  }

  return {
    async get(key) {
      const calledAt = performance.now();
      for (;;) {
        const entry = entries.get(key);
        if (!entry) return start(key, undefined);
        if (entry.startedAt >= calledAt - maxAgeMs) return entry.value;
        if (!entry.running) return start(key, entry.known);
        await entry.value.catch(() => undefined);
      }
    },
    peek: (key) => entries.peek(key)?.known?.value,
    forget(key) {
      if (key === undefined) entries.clear();
      else entries.delete(key);
    },
  };
}
