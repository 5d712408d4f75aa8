import { createHash } from 'node:crypto';
import type { TableColumns } from '../schema/schema-ddl.ts';

/**
 * The text inside a backup: SQL as psql reads it, with comment lines that say where each statement ends, so
 * that it can be read back without a parser.
 *
 *     -- lms:sql <bytes>          the statement that follows has so many bytes, then `;` and a new line
 *     -- lms:copy ["s","t"]       the next line is COPY … FROM stdin;, then rows, then \.
 *     -- lms:end                  the last line: what ends without it was cut off
 */
export const head = `-- A backup of the LMS, format 1. To restore it by hand into an empty database:
-- age -d -i identity.txt dump.sql.gz.age | gunzip | psql -v ON_ERROR_STOP=1 --single-transaction <database>
`;
export const end = '-- lms:end\n';

export function statementText(sql: string): string {
  return `-- lms:sql ${Buffer.byteLength(sql)}\n${sql};\n`;
}

export function copyText(table: TableColumns): string {
  return `-- lms:copy ${JSON.stringify([table.schema, table.table])}\nCOPY ${copyTarget(table)} FROM stdin;\n`;
}

/** `"schema"."table" ("column", …)`; a table without columns has no list. */
export function copyTarget({ schema, table, columns }: TableColumns): string {
  const names = columns.map(quoted).join(', ');
  return `${quoted(schema)}.${quoted(table)}${names && ` (${names})`}`;
}

export const endOfRows = '\\.\n';

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** What a dump consists of, in its order. */
export type DumpPart =
  | { kind: 'sql'; sql: string }
  | { kind: 'table'; schema: string; table: string; copy: string }
  | { kind: 'rows'; bytes: Buffer }
  | { kind: 'end of table' };

/**
 * Reads a dump part by part. Rows come in pieces of whole lines.
 * @throws Error when the text is not a dump or was cut off.
 */
export async function* readDump(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<DumpPart> {
  const reader = bytesOf(chunks);
  for (;;) {
    const line = await reader.line();
    if (line === null) throw new Error('the backup was cut off');
    if (line === end.trimEnd()) break;
    const [, length] = /^-- lms:sql (\d{1,9})$/.exec(line) ?? [];
    const [, names] = /^-- lms:copy (\[.*\])$/.exec(line) ?? [];
    if (length) {
      const sql = await reader.exactly(Number(length) + 2);
      yield { kind: 'sql', sql: sql.subarray(0, -2).toString() };
    } else if (names) {
      const [schema, table] = JSON.parse(names) as [string, string];
      const copy = await reader.line();
      if (!copy?.startsWith('COPY ')) throw new Error(`no COPY for ${schema}.${table}`);
      yield { kind: 'table', schema, table, copy: copy.replace(/;$/, '') };
      for await (const bytes of reader.rows()) yield { kind: 'rows', bytes };
      yield { kind: 'end of table' };
    } else if (!line.startsWith('--')) throw new Error('this is not a backup of format 1');
  }
  if ((await reader.line()) !== null) throw new Error('the backup goes on after its end');
}

function bytesOf(chunks: AsyncIterable<Uint8Array>) {
  const iterator = chunks[Symbol.asyncIterator]();
  let buffer: Buffer = Buffer.alloc(0);
  const more = async (): Promise<boolean> => {
    const { done, value } = await iterator.next();
    if (done) return false;
    buffer =
      buffer.length > 0
        ? Buffer.concat([buffer, value])
        : Buffer.from(value.buffer, value.byteOffset, value.length);
    return true;
  };
  const take = (length: number): Buffer => {
    const taken = buffer.subarray(0, length);
    buffer = buffer.subarray(length);
    return taken;
  };
  return {
    async line(): Promise<string | null> {
      let at = buffer.indexOf(10);
      while (at < 0) {
        if (!(await more())) {
          if (buffer.length > 0) throw new Error('the backup was cut off');
          return null;
        }
        at = buffer.indexOf(10);
      }
      return take(at + 1)
        .subarray(0, -1)
        .toString();
    },
    async exactly(length: number): Promise<Buffer> {
      while (buffer.length < length) if (!(await more())) throw new Error('the backup was cut off');
      return take(length);
    },
    /** Whole lines up to the line `\.`, which no row can be: COPY writes a backslash as two. */
    async *rows(): AsyncGenerator<Buffer> {
      for (;;) {
        if (buffer.subarray(0, endOfRows.length).equals(Buffer.from(endOfRows))) {
          take(endOfRows.length);
          return;
        }
        const stop = buffer.indexOf(`\n${endOfRows}`);
        if (stop >= 0) yield take(stop + 1);
        else {
          const lines = buffer.lastIndexOf(10) + 1;
          if (lines > 0) yield take(lines);
          if (!(await more())) throw new Error('the backup was cut off');
        }
      }
    },
  };
}

/** Counts and hashes what goes through. */
export function createMeter() {
  const hash = createHash('sha256');
  let bytes = 0;
  return {
    add(chunk: Uint8Array | string) {
      hash.update(chunk);
      bytes += Buffer.byteLength(chunk);
    },
    result: () => ({ bytes, sha256: hash.copy().digest('hex') }),
  };
}
