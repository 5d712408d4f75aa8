import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AppError } from '@lms/errors';
import { createRedis } from '@lms/redis';
import { type Harness, newAddress, newEmail, startHarness } from '../testing/harness.ts';
import { createAttemptCounters } from './create-attempt-counters.ts';
import { networkOf } from './network-of.ts';
import { allowedFailures, attemptPassword } from './password-attempts.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.stop());

const login = (email: string, password: string, ip: string) =>
  harness.call('POST', '/auth/login', { body: { email, password }, ip });

async function fail(email: string, ip: string, times: number): Promise<number[]> {
  const statuses: number[] = [];
  for (let round = 0; round < times; round++)
    statuses.push((await login(email, `wrong ${round}`, ip)).status);
  return statuses;
}

describe('wrong passwords', () => {
  test('lock an account for the network that they come from, but not for others', async () => {
    const victim = await harness.register();
    const neighbour = await harness.register();
    const attacker = newAddress();
    expect(await fail(victim.email, attacker, 10)).toEqual(Array.from({ length: 10 }, () => 401));

    const locked = await login(victim.email, victim.password, attacker);
    expect(locked).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
    const retryAfter = Number(locked.headers.get('retry-after'));
    expect(retryAfter).toBeGreaterThan(800);
    expect(retryAfter).toBeLessThanOrEqual(900);
    // The same account from elsewhere, and another account from the attacker's network.
    expect((await login(victim.email, victim.password, newAddress())).status).toBe(200);
    expect((await login(neighbour.email, neighbour.password, attacker)).status).toBe(200);
  });

  test('for an account that does not exist get the same responses', async () => {
    const email = newEmail();
    const ip = newAddress();
    expect(await fail(email, ip, 12)).toEqual([...Array.from({ length: 10 }, () => 401), 429, 429]);
  });

  test('are limited even when many arrive at once', async () => {
    const { email } = await harness.register();
    const ip = newAddress();
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, round) => login(email, `wrong ${round}`, ip)),
    );
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(10);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(20);
  });

  test('are reset by the right password', async () => {
    const { email, password } = await harness.register();
    const ip = newAddress();
    await fail(email, ip, 9);
    expect((await login(email, password, ip)).status).toBe(200);
    expect(await fail(email, ip, 10)).toEqual(Array.from({ length: 10 }, () => 401));
  });

  test('from many networks reduce the number of tries of each network, but never to zero', async () => {
    const { email, password } = await harness.register();
    for (let network = 0; network < 10; network++) await fail(email, newAddress(), 3);
    const ip = newAddress();
    expect(await fail(email, ip, 4)).toEqual([401, 401, 401, 429]);
    expect((await login(email, password, newAddress())).status).toBe(200);
  });

  test('count for the network, not for the address', async () => {
    const { email } = await harness.register();
    const statuses: number[] = [];
    for (let host = 1; host <= 11; host++)
      statuses.push((await login(email, 'wrong', `198.51.100.${host}`)).status);
    expect(statuses.at(-1)).toBe(429);
  });

  test('are counted in memory while Redis is down', async () => {
    // Nothing listens on port 1.
    const redis = createRedis({ url: 'redis://127.0.0.1:1', name: 'test', log: harness.log });
    const counters = createAttemptCounters({ redis, hash: harness.deps.requestHashes });
    const attempt = { email: newEmail(), network: networkOf(newAddress()) };
    const isWrong = async () => false;
    for (let round = 0; round < 10; round++) await attemptPassword(attempt, isWrong, { counters });
    await expect(attemptPassword(attempt, isWrong, { counters })).rejects.toThrow(AppError);
    const other = { ...attempt, email: newEmail() };
    await expect(attemptPassword(other, isWrong, { counters })).resolves.toBe(false);
    redis.disconnect();
  });

  test('are not counted for those whose password could not be compared', async () => {
    const { counters } = harness.deps;
    const attempt = { email: newEmail(), network: networkOf(newAddress()) };
    const busy = new AppError('overloaded', 'Try again.');
    for (let round = 0; round < 12; round++)
      await expect(attemptPassword(attempt, () => Promise.reject(busy), { counters })).rejects.toBe(busy);
    await expect(attemptPassword(attempt, async () => true, { counters })).resolves.toBe(true);
  });

  test('store neither addresses nor networks in Redis', async () => {
    const email = newEmail();
    await fail(email, '192.0.2.55', 1);
    const keys = await harness.deps.redis.keys('attempts:*');
    expect(keys.length).toBeGreaterThan(0);
    expect(keys.join(' ')).not.toContain(email);
    expect(keys.join(' ')).not.toContain('192.0.2');
    for (const key of keys.slice(0, 50)) expect(await harness.deps.redis.ttl(key)).not.toBe(-1);
  });
});

test('an attack on the account or from the network always leaves some tries', () => {
  expect(allowedFailures({ account: 0, network: 0 })).toBe(10);
  expect(allowedFailures({ account: 30, network: 0 })).toBe(3);
  expect(allowedFailures({ account: 0, network: 100 })).toBe(3);
});
