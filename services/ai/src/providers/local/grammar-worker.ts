import { Dialect, type Linter, LocalLinter } from 'harper.js';
import { slimBinary } from 'harper.js/slimBinary';

/**
 * Runs the grammar checker in a process of its own, because it blocks (0.7 s to load its dictionary, up to 0.2 s for
 * a long text) and its memory is freed only when the process ends. Texts arrive over the channel to the parent.
 */
export interface GrammarRequest {
  id: number;
  text: string;
  dialect: 'american' | 'british';
}

/** One finding; offsets are UTF-16 code units. */
export interface Lint {
  start: number;
  end: number;
  kind: string;
  message: string;
  suggestions: { kind: 'replace' | 'remove' | 'insert_after'; text: string }[];
}

/** `begun`: the dictionary is loaded, texts before this one are done, and this one is being read. */
export type GrammarAnswer =
  | { id: number; begun: true }
  | { id: number; lints: Lint[] }
  | { id: number; failed: string };

const linters = new Map<GrammarRequest['dialect'], Linter>();
const suggestionKinds = ['replace', 'remove', 'insert_after'] as const;

// The parent ends this process. It may have died itself, and Ctrl+C reaches the parent too, which may have texts to
// finish.
process.on('disconnect', () => process.exit());
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);

process.on('message', async ({ id, text, dialect }: GrammarRequest) => {
  try {
    const linter = linterFor(dialect);
    await linter.setup();
    send({ id, begun: true });
    send({ id, lints: await lint(linter, text) });
  } catch (error) {
    send({ id, failed: error instanceof Error ? error.name : 'Error' });
  }
});

async function lint(linter: Linter, text: string): Promise<Lint[]> {
  const found = await linter.lint(text, { language: 'plaintext' });
  return found.map((lint) => {
    const span = lint.span();
    const suggestions = lint.suggestions();
    const plain = {
      start: span.start,
      end: span.end,
      kind: lint.lint_kind(),
      message: lint.message(),
      suggestions: suggestions.map((suggestion) => ({
        kind: suggestionKinds[suggestion.kind()] ?? 'replace',
        text: suggestion.get_replacement_text(),
      })),
    };
    // Each of these holds WebAssembly memory, which only an explicit call frees in time.
    for (const part of [...suggestions, span, lint]) part.free();
    return plain;
  });
}

function linterFor(dialect: GrammarRequest['dialect']): Linter {
  let linter = linters.get(dialect);
  if (!linter) {
    linter = new LocalLinter({
      binary: slimBinary,
      dialect: dialect === 'british' ? Dialect.British : Dialect.American,
    });
    linters.set(dialect, linter);
  }
  return linter;
}

function send(answer: GrammarAnswer): void {
  process.send?.(answer);
}
