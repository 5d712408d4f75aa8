import { escapeHtml } from '@lms/text';
import type { ServiceHealth } from '../health/ask-service.ts';
import type { PlatformHealth } from '../health/platform-health.ts';
import { style } from './style.ts';
import { type Language, type Texts, texts } from './texts.ts';

type State = 'up' | 'down' | 'unknown';

const signs: Record<State, string> = { up: '✓', down: '✕', unknown: '?' };

/** The platform's state as a page that works without scripts and does not rely on colours. */
export function renderStatusPage(health: PlatformHealth, language: Language): string {
  const t = texts[language];
  const other = language === 'vi' ? 'en' : 'vi';
  const headline = health.status === 'up' ? t.allUp : t.someDown;
  const services = Object.entries(health.services).map(([name, service]) =>
    row({ title: t.names[name] ?? name, code: name, state: service.status, note: noteOf(service, t) }, t),
  );
  const dependencies = Object.entries(health.dependencies).map(([name, state]) =>
    row({ title: t.names[name] ?? name, state, note: '' }, t),
  );
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="10">
<title>${signs[health.status]} ${escapeHtml(t.title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<header><h1>${escapeHtml(t.title)}</h1><a href="?lang=${other}" lang="${other}" hreflang="${other}">${escapeHtml(t.otherLanguage)}</a></header>
<div class="banner ${health.status}" role="status"><span aria-hidden="true">${signs[health.status]}</span>${escapeHtml(headline)}</div>
<p class="checked">${escapeHtml(t.checked)} <time datetime="${health.checkedAt}">${health.checkedAt.slice(11, 19)} UTC</time>. ${escapeHtml(t.refreshes)}</p>
<h2>${escapeHtml(t.services)}</h2>
<ul>${services.join('\n')}</ul>
<h2>${escapeHtml(t.dependencies)}</h2>
<ul>${dependencies.join('\n')}</ul>
<footer><span>${escapeHtml(t.machine)}: <a href="/api/v1/health">/api/v1/health</a></span><a href="/api/v1/docs">${escapeHtml(t.reference)}</a><a href="/api/v1/docs/events">${escapeHtml(t.events)}</a></footer>
</main>
</body>
</html>
`;
}

function row(line: { title: string; code?: string; state: State; note: string }, t: Texts): string {
  const small = [line.code ?? '', line.note].filter(Boolean).join(' · ');
  const details = small ? `<small>${escapeHtml(small)}</small>` : '';
  return `<li><span class="name">${escapeHtml(line.title)}${details}</span><span class="state ${line.state}"><span aria-hidden="true">${signs[line.state]}</span>${escapeHtml(t[line.state])}</span></li>`;
}

function noteOf(service: ServiceHealth, t: Texts): string {
  if (service.reason) return t.because[service.reason];
  const missing = Object.entries(service.dependencies)
    .filter(([, { status }]) => status === 'down')
    .map(([name]) => t.names[name] ?? name);
  return missing.length > 0 ? `${t.needs} ${missing.join(', ')}` : '';
}
