import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { atOneMoment } from './at-one-moment.ts';
import { type Harness, startHarness } from './testing/harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.stop());

test('reads do not see what is committed between them', async () => {
  const { prisma } = harness.deps;
  const { userId } = await harness.user();
  const xpNow = async (tx: Pick<typeof prisma, 'learnerProgress'>) =>
    (await tx.learnerProgress.findUnique({ where: { userId } }))?.xp ?? 0;
  const seen = await atOneMoment(harness.deps, async (tx) => {
    const first = await xpNow(tx);
    await prisma.learnerProgress.create({ data: { userId, xp: 10, asOf: new Date() } });
    return [first, await xpNow(tx)];
  });
  expect([...seen, await xpNow(prisma)]).toEqual([0, 0, 10]);
});
