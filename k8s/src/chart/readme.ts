import type { DescribedVariable } from './service-variables.ts';
import type { DocumentedValue } from './values-docs.ts';

/**
 * Fills in the marked parts of the chart's README: `<!-- values -->`, `<!-- config -->` and `<!-- secrets -->`, each
 * up to its end mark. The rest is written by hand. @throws Error when a mark is missing.
 */
export function readmeWith(
  readme: string,
  facts: { values: DocumentedValue[]; variables: Map<string, DescribedVariable> },
): string {
  const variables = (secret: boolean) =>
    [...facts.variables].filter(([, variable]) => variable.secret === secret).map(variableRow);
  const head = '| variable | required | read by | what it is |\n|---|---|---|---|';
  return [
    { mark: 'config', lines: [head, ...variables(false)] },
    { mark: 'secrets', lines: [head, ...variables(true)] },
    {
      mark: 'values',
      lines: ['| value | default | what it is |\n|---|---|---|', ...facts.values.map(valueRow)],
    },
  ].reduce((text, { mark, lines }) => between(text, mark, lines.join('\n')), readme);
}

function between(text: string, mark: string, content: string): string {
  const [begin, end] = [`<!-- ${mark} -->`, `<!-- /${mark} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`README.md has no ${begin} … ${end}`);
  return `${text.slice(0, from + begin.length)}\n${content}\n${text.slice(to)}`;
}

function variableRow([name, { required, services, description }]: [string, DescribedVariable]): string {
  return `| \`${name}\` | ${required ? 'yes' : ''} | ${services.join(', ')} | ${cell(description)} |`;
}

function valueRow({ path, description, defaultValue }: DocumentedValue): string {
  const shown = JSON.stringify(defaultValue);
  return `| \`${path}\` | ${shown === '""' ? '' : `\`${shown.replaceAll('|', '\\|')}\``} | ${cell(description)} |`;
}

const cell = (text: string) => text.replaceAll('|', '\\|');
