import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { withMessage } from '@lms/testing';
import { runChaos } from './run-chaos.ts';
import { summaryOf } from './summary.ts';

// The short form of npm run chaos, on its own servers.
it('no event is lost, handled twice or handled out of order when services and servers die', async () => {
  const home = mkdtempSync(join(tmpdir(), 'lms-chaos-'));
  const seed = Number(process.env.LMS_CHAOS_SEED) || randomInt(1, 1_000_000_000);
  const result = await runChaos({
    ...{ repo: join(import.meta.dirname, '../../..'), home, seed, faults: 9, writesPerSecond: 60 },
    ...{ processes: 2, longFaults: false, maxPauseMs: 500, drainMs: 150_000, note: () => undefined },
  });
  const { lost, twice, outOfOrder, deadLetters } = result;
  // Reported on failure, with LMS_CHAOS_SEED to reproduce it and the logs in `home`.
  const summary = [`logs: ${home}`, ...summaryOf(result)].join('\n');
  withMessage(summary, () =>
    expect({ lost, twice, outOfOrder, deadLetters }).toEqual({
      ...{ lost: 0, twice: 0, outOfOrder: 0, deadLetters: 0 },
    }),
  );
  withMessage(summary, () => expect(result.faults).toBe(9));
  withMessage(summary, () => expect(result.writes).toBeGreaterThan(50));
  rmSync(home, { recursive: true, force: true });
}, 400_000);
