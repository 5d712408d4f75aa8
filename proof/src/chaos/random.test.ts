import { expect, it } from '@jest/globals';
import { createRandom } from './random.ts';

const choices = [
  { name: 'often', weight: 3 },
  { name: 'seldom', weight: 1 },
];
const draw = (seed: number) => {
  const random = createRandom(seed);
  return Array.from({ length: 400 }, () => random.pick(choices).name);
};

it('makes the same choices for the same seed, and different ones for another', () => {
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
});

it('chooses by weight', () => {
  const often = draw(7).filter((name) => name === 'often').length;
  expect(often).toBeGreaterThan(260);
  expect(often).toBeLessThan(340);
});
