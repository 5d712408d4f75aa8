import { createHash } from 'node:crypto';

/** Colours and fonts of every page of this service, for light and dark screens. */
export const baseStyle = `
:root { color-scheme: light dark; --bg: #f6f7f9; --card: #fff; --text: #1c2530; --soft: #5b6673; --line: #dfe3e8; --link: #1a56b0;
  --up: #18794e; --up-bg: #e3f4ea; --down: #b42318; --down-bg: #fdeae8; --unknown: #6b5b00; --unknown-bg: #f7f1d0; }
@media (prefers-color-scheme: dark) { :root { --bg: #11161c; --card: #1a2129; --text: #e8edf2; --soft: #9aa7b4; --line: #2c3641; --link: #8ab8ff;
  --up: #6fd39b; --up-bg: #143324; --down: #ff9c92; --down-bg: #43190f; --unknown: #e5d27a; --unknown-bg: #3a3310; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--bg); color: var(--text); font: 16px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 52rem; margin: 0 auto; padding: 2rem 1.25rem 3rem; }
`;

/** A content security policy that allows this one style element and nothing else. */
export function policyFor(style: string): string {
  return [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
