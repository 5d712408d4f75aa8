import { expect, it } from '@jest/globals';
import { addNotes, collectNotes } from './release-notes.ts';

const auth = `# @lms/auth

## 0.2.0

### Minor Changes

- 1a2b3c4: Sign in with a passkey.

  Two lines.

### Patch Changes

- Updated dependencies
  - @lms/http@0.2.0

## 0.1.0

### Minor Changes

- Everything.
`;
const content = `# @lms/content

## 0.2.0

### Minor Changes

- 1a2b3c4: Sign in with a passkey.

  Two lines.

### Patch Changes

- 5d6e7f8: A lesson opens faster.
`;

it('collects the notes of a version from all packages without duplicates', () => {
  expect(collectNotes('0.2.0', [auth, content])).toBe(`## 0.2.0

### Minor Changes

- 1a2b3c4: Sign in with a passkey.

  Two lines.

### Patch Changes

- 5d6e7f8: A lesson opens faster.
`);
});

it('keeps the notes of earlier versions', () => {
  const first = addNotes('# Changelog\n\nHow it is made.\n', '## 0.1.0\n\n- Everything.\n');
  expect(addNotes(first, '## 0.2.0\n\n- More.\n')).toBe(
    '# Changelog\n\nHow it is made.\n\n## 0.2.0\n\n- More.\n\n## 0.1.0\n\n- Everything.\n',
  );
});
