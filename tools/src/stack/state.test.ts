import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { localSecrets, openState } from './state.ts';

const home = mkdtempSync(join(tmpdir(), 'lms-state-'));
afterAll(() => rmSync(home, { recursive: true }));

it('keeps unchanged values, in a file that only its owner can read', () => {
  const state = openState(home);
  expect(state.read()).toMatchObject({ processes: [], status: 'stopped' });
  state.update({ ports: { redis: 6379 } });
  state.update({ status: 'ready' });
  expect(openState(home).read()).toMatchObject({ ports: { redis: 6379 }, status: 'ready' });
  expect(statSync(join(home, 'state.json')).mode & 0o777).toBe(0o600);
});

it('generates secrets once', () => {
  const first = localSecrets(openState(home));
  expect(localSecrets(openState(home))).toEqual(first);
  expect(new Set(Object.values(first)).size).toBe(4);
  for (const secret of Object.values(first)) expect(secret).toHaveLength(43);
});

it('starts with an empty state when its file is damaged', () => {
  writeFileSync(join(home, 'state.json'), '{"ports":');
  expect(openState(home).read().status).toBe('stopped');
});
