import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { createRefreshTokens } from './refresh-tokens.ts';

const tokens = createRefreshTokens('a secret of at least thirty-two characters');
const others = createRefreshTokens('another secret of at least thirty-two chars');

describe('a refresh token', () => {
  test('survives encoding', () => {
    const token = tokens.next(tokens.next(tokens.first(randomUUID())));
    expect(token.generation).toBe(2);
    expect(tokens.decode(tokens.encode(token))).toEqual(token);
  });

  test('is followed by one that cannot be derived without the key', () => {
    const first = tokens.first(randomUUID());
    expect(tokens.next(first)).toEqual(tokens.next(first));
    expect(tokens.next(first).secret).not.toEqual(first.secret);
    expect(others.next(first).secret).not.toEqual(tokens.next(first).secret);
  });

  test('has a random secret in the first generation', () => {
    const sessionId = randomUUID();
    expect(tokens.first(sessionId).secret).not.toEqual(tokens.first(sessionId).secret);
  });

  test('is invalid with another key, after a change or in another encoding', () => {
    const text = tokens.encode(tokens.first(randomUUID()));
    expect(others.decode(text)).toBeNull();
    for (let at = 0; at < text.length; at++) {
      const changed = text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
      expect(tokens.decode(changed)).toBeNull();
    }
    for (const spelling of [`${text}=`, ` ${text}`, text.replace(/^(.)/, '$1.'), '', 'A'.repeat(91)])
      expect(tokens.decode(spelling)).toBeNull();
  });

  test('is stored as a hash that depends on session, generation, secret and key', () => {
    const token = tokens.first(randomUUID());
    const hashes = [
      tokens.hash(token),
      tokens.hash({ ...token, sessionId: randomUUID() }),
      tokens.hash({ ...token, generation: 1 }),
      tokens.hash({ ...token, secret: Buffer.alloc(32) }),
      others.hash(token),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});
