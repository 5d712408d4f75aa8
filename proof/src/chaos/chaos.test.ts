import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runChaos } from './run-chaos.ts';
import { summaryOf } from './summary.ts';

// The short form of npm run chaos, on servers of its own.
it('nothing is lost, done twice or out of order when services and servers die', async () => {
  const home = mkdtempSync(join(tmpdir(), 'lms-chaos-'));
  const seed = Number(process.env.LMS_CHAOS_SEED) || randomInt(1, 1_000_000_000);
  const result = await runChaos({
    ...{ repo: join(import.meta.dirname, '../../..'), home, seed, faults: 9, writesPerSecond: 60 },
    ...{ processes: 2, longFaults: false, maxPauseMs: 500, drainMs: 150_000, note: () => undefined },
  });
  const { lost, twice, outOfOrder, deadLetters } = result;
  // Said on failure, with what is needed to see it again: LMS_CHAOS_SEED, and the logs in `home`.
  const summary = [`logs: ${home}`, ...summaryOf(result)].join('\n');
  expect({ lost, twice, outOfOrder, deadLetters }, summary).toEqual({
    ...{ lost: 0, twice: 0, outOfOrder: 0, deadLetters: 0 },
  });
  expect(result.faults, summary).toBe(9);
  expect(result.writes, summary).toBeGreaterThan(50);
  rmSync(home, { recursive: true, force: true });
}, 400_000);
