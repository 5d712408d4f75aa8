interface Node {
  [name: string]: unknown;
}

/**
 * The text of each recording of the course, by path. It is read from the lessons, so that recording and text
 * cannot differ: for an item its text, for a dictation the first accepted answer, for listening the transcript,
 * and otherwise the text beside the recording.
 * @throws Error when a recording has no text, or two.
 */
export function sayings(lessons: unknown[]): Map<string, string> {
  const found = new Map<string, string>();
  const add = (path: unknown, text: unknown) => {
    if (typeof path !== 'string') return;
    if (typeof text !== 'string') throw new Error(`${path}: the recording has no text`);
    const known = found.get(path);
    if (known !== undefined && plain(known) !== plain(text))
      throw new Error(`${path} is “${known}” in one place and “${text}” in another`);
    if (known === undefined) found.set(path, text);
  };
  const walk = (node: unknown): void => {
    if (Array.isArray(node)) for (const inner of node) walk(inner);
    if (!isNode(node)) return;
    const said = saidIn(node);
    if (said) {
      add(said.content.audio, said.text);
      add(said.content.slowAudio, said.text);
      walk(said.content.question);
      walk(said.content.options);
      return;
    }
    add(node.audio, node.text);
    for (const inner of Object.values(node)) walk(inner);
  };
  walk(lessons);
  return found;
}

/** The recording and the text of a listening or dictation exercise. */
function saidIn({ kind, content, solution }: Node): { content: Node; text: unknown } | undefined {
  if (!isNode(content) || !isNode(solution)) return undefined;
  if (kind === 'listening') return { content, text: solution.transcript };
  if (kind === 'dictation' && Array.isArray(solution.accepted))
    return { content, text: solution.accepted[0] as unknown };
  return undefined;
}

function plain(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
