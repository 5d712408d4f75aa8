import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createRecentReads, type RecentReadsOptions } from './recent-reads.ts';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** A source whose reads end when the test says so. */
function createSource() {
  const reads: { key: string; end: (value: string) => void; fail: (error: unknown) => void }[] = [];
  const load = (key: string) =>
    new Promise<string>((resolve, reject) => reads.push({ key, end: resolve, fail: reject }));
  return { reads, load };
}

function createReads(changes: Partial<RecentReadsOptions<string>> = {}) {
  const source = createSource();
  const recent = createRecentReads<string>({
    load: source.load,
    maxAgeMs: 1_000,
    maxBytes: 1_000_000,
    sizeOf: (value) => value.length,
    ...changes,
  });
  return { ...recent, reads: source.reads };
}

/** Lets everything run that waits for no timer and no read. */
const settled = () => jest.advanceTimersByTimeAsync(0);

describe('createRecentReads', () => {
  it('shares one read among simultaneous callers, and its value until it is too old', async () => {
    const { get, reads } = createReads();
    const first = [get('a'), get('a'), get('b')];
    await settled();
    expect(reads.map(({ key }) => key)).toEqual(['a', 'b']);
    reads[0]?.end('one');
    reads[1]?.end('two');
    await expect(Promise.all(first)).resolves.toEqual(['one', 'one', 'two']);
    await jest.advanceTimersByTimeAsync(1_000);
    await expect(get('a')).resolves.toBe('one');
    await jest.advanceTimersByTimeAsync(1);
    const again = get('a');
    await settled();
    reads[2]?.end('new');
    await expect(again).resolves.toBe('new');
  });

  it('counts the age from the start of the read, not from its end', async () => {
    const { get, reads } = createReads();
    const slow = get('a');
    await jest.advanceTimersByTimeAsync(900);
    reads[0]?.end('old');
    await slow;
    await jest.advanceTimersByTimeAsync(101);
    void get('a');
    await settled();
    expect(reads).toHaveLength(2);
  });

  it('gives callers who come too late for a running read the next one, which they share', async () => {
    const { get, reads } = createReads();
    const early = get('a');
    await jest.advanceTimersByTimeAsync(1_001);
    const late = [get('a'), get('a')];
    await settled();
    expect(reads).toHaveLength(1);
    reads[0]?.end('old');
    await expect(early).resolves.toBe('old');
    await settled();
    expect(reads).toHaveLength(2);
    reads[1]?.end('new');
    await expect(Promise.all(late)).resolves.toEqual(['new', 'new']);
  });

  it('does not keep what was read before it was told to forget', async () => {
    const { get, forget, peek, reads } = createReads();
    const before = get('a');
    await settled();
    forget();
    const after = get('a');
    await settled();
    reads[0]?.end('old');
    reads[1]?.end('new');
    await expect(Promise.all([before, after])).resolves.toEqual(['old', 'new']);
    expect(peek('a')).toBe('new');
    forget('a');
    expect(peek('a')).toBeUndefined();
  });

  it('throws what a read throws, and reads again the next time', async () => {
    const { get, reads } = createReads();
    const failed = get('a');
    const expected = expect(failed).rejects.toThrow('no');
    await settled();
    reads[0]?.fail(new Error('no'));
    await expected;
    const next = get('a');
    await settled();
    reads[1]?.end('yes');
    await expect(next).resolves.toBe('yes');
  });

  it('returns the last value for a while when the source is down, and asks it once per maximum age', async () => {
    const down = new Error('down');
    const { get, reads } = createReads({ maxAgeWithoutSourceMs: 5_000, isSourceDown: (e) => e === down });
    const first = get('a');
    await settled();
    reads[0]?.end('one');
    await first;
    await jest.advanceTimersByTimeAsync(2_000);
    const second = get('a');
    await settled();
    reads[1]?.fail(down);
    await expect(second).resolves.toBe('one');
    await expect(get('a')).resolves.toBe('one');
    expect(reads).toHaveLength(2);

    // Another error is no reason to show an old value.
    await jest.advanceTimersByTimeAsync(2_000);
    const third = expect(get('a')).rejects.toThrow('bug');
    await settled();
    reads[2]?.fail(new Error('bug'));
    await third;
  });

  it('does not return a value that is too old even for a source that is down', async () => {
    const { get, reads } = createReads({ maxAgeWithoutSourceMs: 5_000, isSourceDown: () => true });
    const first = get('a');
    await settled();
    reads[0]?.end('one');
    await first;
    await jest.advanceTimersByTimeAsync(5_001);
    const late = expect(get('a')).rejects.toThrow('down');
    await settled();
    reads[1]?.fail(new Error('down'));
    await late;
  });

  it('passes the previous value to a read, and drops what has been unused longest', async () => {
    const seen: (string | undefined)[] = [];
    const { get, peek } = createReads({
      maxAgeMs: 0,
      maxBytes: 3_000,
      sizeOf: () => 500,
      load: async (key, previous) => {
        seen.push(previous);
        return key;
      },
    });
    for (const key of ['a', 'b', 'c']) await get(key);
    await jest.advanceTimersByTimeAsync(1);
    expect([peek('a'), peek('b'), peek('c')]).toEqual([undefined, 'b', 'c']);
    await get('c');
    expect(seen).toEqual([undefined, undefined, undefined, 'c']);
  });
});
