import { describe, expect, it } from 'vitest';
import { countRows } from './count-rows.ts';

const text = `-- Data for Name: words; Schema: a"b

COPY "a""b".words (id, "Word") FROM stdin;
1\thallo
2\t\\\\.
3\tCOPY x.y (z) FROM stdin;
4\t${'long '.repeat(500_000)}
\\.

SELECT pg_catalog.setval('x.COPY', 1);
COPY s.empty  FROM stdin;


\\.
COPY s."Nothing, in.it" (n) FROM stdin;
\\.
`;

describe('countRows', () => {
  it.each([1_000, 4_099, 5_000_000])(
    'counts the rows of each table, in pieces of %i bytes',
    async (pieceBytes) => {
      async function* pieces() {
        const bytes = Buffer.from(text);
        for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
      }
      expect(Object.fromEntries(await countRows(pieces()))).toEqual({
        '["a\\"b","words"]': 4,
        '["s","empty"]': 2,
        '["s","Nothing, in.it"]': 0,
      });
    },
  );

  it.each([1, 2, 3])('counts them in pieces of %i bytes', async (pieceBytes) => {
    async function* pieces() {
      const bytes = Buffer.from(text.replace(/(long ){500000}/, 'x'));
      for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
    }
    expect([...(await countRows(pieces())).values()]).toEqual([4, 2, 0]);
  });
});
