/**
 * Counts the rows in the SQL text of a dump's data, by `["schema","table"]`. A row is a line between
 * `COPY … FROM stdin;` and `\.`: COPY writes a line break inside a value as `\n`.
 */
export async function countRows(text: AsyncIterable<Buffer>): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  let table: string | null = null;
  for await (const line of lineStarts(text)) {
    if (table === null) {
      table = tableOf(line.toString());
      if (table !== null) counts.set(table, 0);
    } else if (line.length === 2 && line.toString() === '\\.') table = null;
    else counts.set(table, (counts.get(table) ?? 0) + 1);
  }
  return counts;
}

const name = '("(?:[^"]|"")+"|[^" .]+)';
const copyStatement = new RegExp(`^COPY ${name}\\.${name} .*FROM stdin;$`);

function tableOf(line: string): string | null {
  const names = copyStatement.exec(line)?.slice(1);
  return names
    ? JSON.stringify(names.map((one) => one.replace(/^"(.*)"$/, '$1').replaceAll('""', '"')))
    : null;
}

const longestStatement = 1_000_000;

/** The lines of a text; of a row that is longer than any statement, its beginning. */
async function* lineStarts(text: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of text) {
    let from = 0;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      const part = chunk.subarray(from, at);
      yield rest.length > 0 ? Buffer.concat([rest, part]) : part;
      rest = Buffer.alloc(0);
      from = at + 1;
    }
    if (rest.length < longestStatement) rest = Buffer.concat([rest, chunk.subarray(from)]);
  }
}
