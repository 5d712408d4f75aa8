import { type Node, parse } from 'libpg-query';

/** One statement of a file, parsed by PostgreSQL's own parser. */
export interface Statement {
  node: Node;
  /** Comment lines from the end of the previous statement to the end of this one, without their dashes. */
  comments: string[];
  /** Line in the file on which the statement begins, from 1. */
  line: number;
}

/**
 * Parses a file of SQL with PostgreSQL's parser.
 * @throws Error with the parser's message if it is not valid SQL.
 */
export async function parseStatements(sql: string): Promise<Statement[]> {
  const bytes = Buffer.from(sql);
  const { stmts = [] } = await parse(sql);
  let from = 0;
  return stmts.map(({ stmt, stmt_location: start = 0, stmt_len: length }) => {
    // Positions are in bytes; a last statement without `;` has no length.
    const to = length ? start + length : bytes.length;
    const text = bytes.subarray(from, to).toString();
    const before = bytes.subarray(0, from).toString();
    from = to;
    return { node: stmt ?? ({} as Node), comments: commentsOf(text), line: lineOf(before, text) };
  });
}

function commentsOf(text: string): string[] {
  return [...text.matchAll(/^\s*--[ \t]*(.*?)\s*$/gm)].map(([, comment = '']) => comment);
}

function lineOf(before: string, text: string): number {
  const code = text.search(/^(?!\s*--)[^\n]*[^\s;]/m);
  return `${before}${text.slice(0, Math.max(code, 0))}`.split('\n').length;
}
