import { describe, expect, it } from 'vitest';
import { copyText, type DumpPart, end, endOfRows, head, readDump, statementText } from './dump-format.ts';

const table = { schema: 'a"b', table: 'words', columns: ['id', 'Word'] };
const rows = '1\thallo\n2\t\\\\.\n3\t\\N\n';
const text =
  head +
  statementText("SELECT 'ü; -- lms:end\n'") +
  copyText(table) +
  rows +
  endOfRows +
  statementText('SELECT 2') +
  end;

/** The parts, with the rows of a table put together. */
async function parts(input: string, chunkBytes: number): Promise<DumpPart[]> {
  async function* chunks() {
    const bytes = Buffer.from(input);
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
  }
  const found: DumpPart[] = [];
  for await (const part of readDump(chunks())) {
    const last = found.at(-1);
    if (part.kind === 'rows' && last?.kind === 'rows') last.bytes = Buffer.concat([last.bytes, part.bytes]);
    else found.push(part.kind === 'rows' ? { ...part, bytes: Buffer.from(part.bytes) } : part);
  }
  return found;
}

describe('readDump', () => {
  it.each([1, 2, 7, 64, 100_000])(
    'gives back what was written, in pieces of %i bytes',
    async (chunkBytes) => {
      expect(await parts(text, chunkBytes)).toEqual([
        { kind: 'sql', sql: "SELECT 'ü; -- lms:end\n'" },
        {
          kind: 'table',
          schema: 'a"b',
          table: 'words',
          copy: 'COPY "a""b"."words" ("id", "Word") FROM stdin',
        },
        { kind: 'rows', bytes: Buffer.from(rows) },
        { kind: 'end of table' },
        { kind: 'sql', sql: 'SELECT 2' },
      ]);
    },
  );

  it('notices wherever a dump was cut off', async () => {
    const bytes = Buffer.from(text);
    for (let length = 0; length < bytes.length; length += 1)
      await expect(parts(bytes.subarray(0, length).toString('latin1'), 50), `${length}`).rejects.toThrow();
  });

  it('refuses what is no dump, and what goes on after the end', async () => {
    await expect(parts('DROP TABLE users;\n', 50)).rejects.toThrow('not a backup');
    await expect(parts(`${text}DROP TABLE users;\n`, 50)).rejects.toThrow('after its end');
  });
});
