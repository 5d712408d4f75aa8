import { expect, test } from '@jest/globals';
import { escapeHtml } from './escape-html.ts';

test('escapes a text for use between tags and in quoted attributes', () => {
  expect(escapeHtml('<a href="x">Q&A</a>')).toBe('&lt;a href=&quot;x&quot;&gt;Q&amp;A&lt;/a&gt;');
  expect(escapeHtml('&lt;')).toBe('&amp;lt;');
  expect(escapeHtml('Xin chào')).toBe('Xin chào');
});
