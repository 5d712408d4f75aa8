import { describe, expect, it } from '@jest/globals';
import { describeVerdict, findRegressions, judgeRatios, mediansOf, ratiosOf } from './ratios.ts';

describe('ratios', () => {
  it('are those of the medians of all rounds', () => {
    const samplesOf = (...costs: number[]) => costs.map((totalCost) => ({ totalCost }));
    const costs = mediansOf(
      new Map([
        ['lesson/ours', samplesOf(900, 300, 310)],
        ['lesson/nestjs', samplesOf(620, 610, 5_000)],
        ['health/bare', samplesOf(20, 20, 20)],
      ]),
    );
    expect(costs).toEqual({ lesson: { ours: 310, nestjs: 620 }, health: { bare: 20 } });
    expect(ratiosOf(costs)).toEqual({ 'lesson / nestjs': 0.5 });
  });

  it('are compared with the targets of the work that was measured', () => {
    const verdicts = judgeRatios({ 'lesson / nestjs': 0.5, '304 / bare': 6, 'health / nestjs': 9 });
    expect(verdicts.map(describeVerdict)).toEqual([
      `pass  ${'lesson'.padEnd(32)} 0.50 × nestjs, at most 0.50`,
      `MISS  ${'304'.padEnd(32)} 6.00 × bare, at most 2.00: 3.00 times too much`,
    ]);
  });
});

describe('the guard', () => {
  const baseline = { 'lesson / nestjs': 0.4, '304 / bare': 1.8 };

  it('accepts the baseline itself, improvements, and noise of up to a quarter', () => {
    expect(findRegressions(baseline, baseline)).toEqual([]);
    expect(findRegressions({ 'lesson / nestjs': 0.1, '304 / bare': 2.25 }, baseline)).toEqual([]);
  });

  it('reports a ratio that is worse by more than a quarter', () => {
    expect(findRegressions({ 'lesson / nestjs': 0.51, '304 / bare': 1.8 }, baseline)).toEqual([
      'lesson / nestjs: 0.51, the baseline is 0.40 (at most 1.25 times that)',
    ]);
  });

  it('reports what was not measured, and what has no baseline', () => {
    expect(findRegressions({ '304 / bare': Number.NaN, 'answer / nestjs': 0.6 }, baseline)).toEqual([
      'lesson / nestjs: was not measured',
      '304 / bare: was not measured',
      'answer / nestjs: is not in the baseline, record it',
    ]);
  });
});
