import { asyncApiDocument } from '@lms/events';
import { escapeHtml } from '@lms/text';
import { baseStyle, policyFor } from '../pages/page-style.ts';
import { describeType, type JsonSchema } from './describe-type.ts';

/** What the page shows of an AsyncAPI 3 document. */
export interface EventsDocument {
  info: { title: string; version: string; description: string };
  channels: Record<string, { address: string; messages: Record<string, unknown> }>;
  components: { messages: Record<string, EventMessage> };
}
interface EventMessage {
  name: string;
  summary: string;
  payload: { required: string[]; properties: Record<string, JsonSchema> };
}

const style = `${baseStyle}
main { max-width: 64rem; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .25rem; }
h3 { font-size: 1rem; margin: 0; font-family: ui-monospace, Menlo, "DejaVu Sans Mono", monospace; }
p { margin: .25rem 0 .75rem; color: var(--soft); }
a { color: var(--link); }
code { font-family: ui-monospace, Menlo, "DejaVu Sans Mono", monospace; font-size: .9em; }
nav { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: .75rem 1.25rem; margin-top: 1.25rem; }
nav p { margin: .25rem 0; }
nav a { margin-right: .75rem; white-space: nowrap; }
section { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1rem 1.25rem; margin: .75rem 0; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; min-width: 30rem; table-layout: fixed; font-size: .925rem; }
th:first-child { width: 34%; }
th { text-align: left; color: var(--soft); font-weight: 600; }
th, td { padding: .35rem 1rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child td { border-bottom: 0; }
td:first-child { white-space: nowrap; }
`;

/** Allows the page's one style and nothing else. */
export const eventsPolicy = policyFor(style);

let page: string | undefined;

/** The events of the platform as a page; rendered once, because contracts do not change while a process runs. */
export function eventsPage(): string {
  page ??= renderEventsPage(asyncApiDocument('1') as EventsDocument);
  return page;
}

/** An AsyncAPI document as a page that works without scripts. */
export function renderEventsPage({ info, channels, components }: EventsDocument): string {
  const messagesOf = (channel: string) =>
    Object.keys(channels[channel]?.messages ?? {}).map((type) => components.messages[type] as EventMessage);
  const names = Object.keys(channels);
  const [first] = Object.values(components.messages);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(info.title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${escapeHtml(info.title)}</h1>
<p>${escapeHtml(info.description)} <a href="/api/v1/docs/asyncapi.json">AsyncAPI document</a> · <a href="/api/v1/docs">API reference</a></p>
<nav aria-label="Events">${names.map((name) => contents(name, messagesOf(name))).join('\n')}</nav>
${first ? envelope(first) : ''}
${names.map((name) => topic(channels[name]?.address ?? name, name, messagesOf(name))).join('\n')}
</main>
</body>
</html>
`;
}

function contents(channel: string, messages: EventMessage[]): string {
  const links = messages.map(({ name }) => `<a href="#${escapeHtml(name)}">${escapeHtml(name)}</a>`);
  return `<p><strong>${escapeHtml(channel)}</strong>: ${links.join(' ')}</p>`;
}

/** The fields that every event has in addition to its data. */
function envelope({ payload }: EventMessage): string {
  const { data: _data, type: _type, dataschema: _schema, ...common } = payload.properties;
  return `<h2>Around every event</h2>
<p>The attributes of CloudEvents 1.0; <code>type</code> and <code>dataschema</code> name the event and its version.</p>
<section>${fields(common, payload.required)}</section>`;
}

function topic(address: string, channel: string, messages: EventMessage[]): string {
  return `<h2><code>${escapeHtml(address)}</code></h2>
<p>Published by the ${escapeHtml(channel)} service.</p>
${messages.map(event).join('\n')}`;
}

function event({ name, summary, payload }: EventMessage): string {
  const data = payload.properties.data ?? {};
  const version = String(payload.properties.dataschema?.const ?? '')
    .split(':')
    .at(-1);
  return `<section id="${escapeHtml(name)}">
<h3>${escapeHtml(name)}</h3>
<p>${escapeHtml(summary)} Version ${escapeHtml(version ?? '')}.</p>
${fields(data.properties ?? {}, data.required ?? [])}
</section>`;
}

function fields(properties: Record<string, JsonSchema>, required: string[]): string {
  const rows = Object.entries(properties).flatMap(([name, schema]) => fieldRows(name, schema, required));
  return `<table><thead><tr><th>Field</th><th>Value</th></tr></thead><tbody>${rows.join('\n')}</tbody></table>`;
}

/** A row for the field, and one for each field of an object inside it. */
function fieldRows(name: string, schema: JsonSchema, required: string[]): string[] {
  const optional = required.includes(name.split('.').at(-1) ?? name) ? '' : ' (optional)';
  const note = schema.description ? `: ${schema.description}` : '';
  const row = `<tr><td><code>${escapeHtml(name)}</code></td><td>${escapeHtml(describeType(schema) + note + optional)}</td></tr>`;
  const inner = Object.entries(schema.properties ?? {}).flatMap(([key, value]) =>
    fieldRows(`${name}.${key}`, value, schema.required ?? []),
  );
  return [row, ...inner];
}
