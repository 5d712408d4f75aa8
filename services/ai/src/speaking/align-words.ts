/** A step of an alignment: which expected and which heard item belong together; null for a gap. */
export interface AlignedPair {
  expected: number | null;
  heard: number | null;
}

/**
 * Aligns two word sequences with the least total cost: a gap on either side costs 1, two words cost
 * `difference` (0 for equal words, up to 2 for words that have nothing in common, so that a missing word and an
 * extra word are kept apart). Dynamic programming as in the scoring of speech recognisers
 * (word error rate: Levenshtein 1966; NIST sclite). Time and memory grow with the product of the lengths.
 */
export function alignWords<T>(
  expected: readonly T[],
  heard: readonly T[],
  difference: (expected: T, heard: T) => number,
): AlignedPair[] {
  const width = heard.length + 1;
  const costs = new Float64Array((expected.length + 1) * width);
  const cost = (i: number, j: number) => costs[i * width + j] as number;
  const substitution = (i: number, j: number) =>
    cost(i - 1, j - 1) + difference(expected[i - 1] as T, heard[j - 1] as T);
  for (let i = 0; i <= expected.length; i += 1) {
    for (let j = 0; j <= heard.length; j += 1) {
      if (i === 0 || j === 0) costs[i * width + j] = i + j;
      else costs[i * width + j] = Math.min(substitution(i, j), cost(i - 1, j) + 1, cost(i, j - 1) + 1);
    }
  }
  const pairs: AlignedPair[] = [];
  let i = expected.length;
  let j = heard.length;
  while (i > 0 || j > 0) {
    if (i > 0 && j > 0 && cost(i, j) === substitution(i, j)) {
      i -= 1;
      j -= 1;
      pairs.push({ expected: i, heard: j });
    } else if (i > 0 && cost(i, j) === cost(i - 1, j) + 1) {
      i -= 1;
      pairs.push({ expected: i, heard: null });
    } else {
      j -= 1;
      pairs.push({ expected: null, heard: j });
    }
  }
  return pairs.reverse();
}
