export { escapeHtml } from './escape-html.ts';
export { withoutAccents } from './without-accents.ts';
