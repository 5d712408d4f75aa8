import { LineCounter, parseDocument } from 'yaml';
import type { CourseError } from './course-files.ts';

/** Maximum size of a YAML or Markdown file. Reading one takes a second or two and blocks the event loop. */
export const maxTextFileBytes = 500_000;

export type YamlPath = readonly PropertyKey[];

export interface YamlFile {
  value: unknown;
  /** Line of the value at `path`, or of its nearest existing parent. */
  lineOf: (path: YamlPath) => number | null;
}

export type ReadYaml = ({ ok: true } & YamlFile) | { ok: false; errors: CourseError[] };

/**
 * Reads one YAML document. Aliases are refused, because courses do not need them and they let a small file
 * expand to a huge one.
 * @param options `textOnly` keeps every scalar as text (`no`, `007`), as LibreLingo courses expect, and uses the
 *   last of duplicate keys.
 */
export function readYaml(file: string, bytes: Uint8Array, options: { textOnly?: boolean } = {}): ReadYaml {
  const fail = (message: string, line: number | null = null): ReadYaml => ({
    ok: false,
    errors: [{ file, path: '', message, line }],
  });
  const text = decodeText(bytes);
  if (typeof text !== 'string') return fail(text.problem);

  const lines = new LineCounter();
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      schema: options.textOnly ? 'failsafe' : 'core',
      uniqueKeys: !options.textOnly,
      prettyErrors: false,
    });
    if (document.errors.length > 0)
      return {
        ok: false,
        errors: document.errors.slice(0, 20).map(({ message, pos }) => ({
          file,
          path: '',
          message: `is not valid YAML: ${message}`,
          line: lines.linePos(pos[0]).line,
        })),
      };
    const value: unknown = document.toJS({ maxAliasCount: 0 });
    const lineOf = (path: YamlPath) => {
      for (let length = path.length; length > 0; length--) {
        const node = document.getIn(path.slice(0, length), true) as { range?: [number] } | undefined;
        if (node?.range) return lines.linePos(node.range[0]).line;
      }
      return null;
    };
    return { ok: true, value, lineOf };
  } catch (error) {
    // The parser is recursive, so deep nesting ends in a RangeError.
    if (error instanceof RangeError) return fail('nests too deeply');
    if (error instanceof ReferenceError)
      return fail('uses YAML aliases (& and *), which are not allowed in a course');
    throw error;
  }
}

/** The text of a file, or the reason why it is not text. */
export function decodeText(bytes: Uint8Array): string | { problem: string } {
  if (bytes.length > maxTextFileBytes) return { problem: `is larger than ${maxTextFileBytes} bytes` };
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { problem: 'is not UTF-8 text' };
  }
}
