import { describe, expect, it } from '@jest/globals';
import { eventuallyPasses } from './eventually-passes.ts';
import { withMessage } from './with-message.ts';

const failureOf = async (run: () => unknown): Promise<Error> => {
  try {
    await run();
  } catch (error) {
    return error as Error;
  }
  throw new Error('It passed.');
};

describe('withMessage', () => {
  it("puts the message before the failure's own, also in the stack", async () => {
    const failure = await failureOf(() => withMessage('chart.yaml', () => expect(1).toBe(2)));
    expect(failure.message).toMatch(/^chart\.yaml\n.*expected.*2/is);
    expect(failure.stack).toContain('chart.yaml\n');
    expect(failure.stack).toContain('with-message.test.ts');
  });

  it('works for a promise', async () => {
    const failing = () => withMessage('chart.yaml', () => expect(Promise.resolve(1)).resolves.toBe(2));
    expect((await failureOf(failing)).message).toMatch(/^chart\.yaml\n/);
  });

  it('returns what the assertions return', async () => {
    expect(withMessage('a value', () => 3)).toBe(3);
    await expect(withMessage('a value', async () => 3)).resolves.toBe(3);
  });
});

describe('eventuallyPasses', () => {
  it('waits until the assertions pass', async () => {
    const tries: number[] = [];
    await eventuallyPasses('three tries', async () => expect(tries.push(0)).toBe(3));
    expect(tries).toHaveLength(3);
  });

  it('reports what it waited for, and the last failure', async () => {
    const failure = await failureOf(() =>
      eventuallyPasses('an empty outbox', () => expect([1]).toEqual([]), { timeoutMs: 60 }),
    );
    expect(failure.message).toMatch(/^Not within 60 ms: an empty outbox\n/);
    expect(failure.stack).toContain('with-message.test.ts');
  });
});
