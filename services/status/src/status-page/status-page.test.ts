import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { summarise } from '../health/platform-health.ts';
import { answering, type FakeService, startFakeService, startStatus } from '../testing/harness.ts';
import { renderStatusPage } from './render-status-page.ts';
import { chooseLanguage } from './texts.ts';

let media: FakeService;
let status: Awaited<ReturnType<typeof startStatus>>;
beforeAll(async () => {
  media = await startFakeService('media');
  media.answer = answering('media', ['kafka']);
  status = await startStatus([media]);
});
afterAll(async () => {
  await status?.stop();
  await media?.stop();
});

test('states in words what is down, in the reader’s language', async () => {
  const english = await status.get('/status', { 'accept-language': 'en-GB,vi;q=0.5' });
  expect(english.status).toBe(200);
  expect(english.headers.get('content-language')).toBe('en');
  expect(english.text).toContain('Some systems are not working');
  expect(english.text).toContain('Unavailable: Events (Kafka)');
  const vietnamese = await status.get('/status', { 'accept-language': 'vi-VN,vi;q=0.9,en;q=0.8' });
  expect(vietnamese.text).toContain('<html lang="vi">');
  expect(vietnamese.text).toContain('Một số hệ thống đang gặp sự cố');
  expect((await status.get('/status?lang=vi', { 'accept-language': 'en' })).text).toContain('lang="vi"');
  expect(english.headers.get('vary')).toContain('Accept-Language');
});

test('needs no script, and refreshes itself', async () => {
  const { text, headers } = await status.get('/status');
  expect(text).not.toContain('<script');
  expect(text).toContain('http-equiv="refresh" content="10"');
  expect(headers.get('content-security-policy')).toMatch(/default-src 'none'; style-src 'sha256-/);
});

test('names are text, never markup', () => {
  const health = summarise(
    { '<img src=x>': { status: 'down', reason: 'timeout', dependencies: {} } },
    new Date(),
  );
  expect(renderStatusPage(health, 'en')).not.toContain('<img');
});

test.each([
  [['vi'], 'vi'],
  [['vi-VN', 'en'], 'vi'],
  [['fr', 'vi'], 'vi'],
  [['en-US', 'vi'], 'en'],
  [['fr'], 'en'],
  [[], 'en'],
])('%j reads %s', (accepted, language) => {
  expect(chooseLanguage(accepted)).toBe(language);
});
