import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type FakeService, startFakeService, startStatus } from '../testing/harness.ts';
import { renderEventsPage } from './events-page.ts';

let services: FakeService[];
let status: Awaited<ReturnType<typeof startStatus>>;
beforeAll(async () => {
  services = await Promise.all(['auth', 'content'].map(startFakeService));
});
afterAll(async () => {
  await status?.stop();
  await Promise.all(services.map((service) => service.stop()));
});

test('the OpenAPI document covers all services, and omits a service while it is down', async () => {
  await services[1]?.stop();
  status = await startStatus(services);
  const partial = JSON.parse((await status.get('/docs/openapi.json')).text);
  expect(Object.keys(partial.paths)).toEqual(expect.arrayContaining(['/auth', '/health', '/docs']));
  expect(Object.keys(partial.paths)).not.toContain('/content');
  expect(partial['x-missing-services']).toEqual(['content']);
  expect(partial.info.description).toContain('no response from content');

  await services[1]?.start();
  await new Promise((resolve) => setTimeout(resolve, 3_100));
  const complete = JSON.parse((await status.get('/docs/openapi.json')).text);
  expect(Object.keys(complete.paths)).toEqual(expect.arrayContaining(['/auth', '/content', '/health']));
  expect(complete['x-missing-services']).toBeUndefined();
  expect(complete.openapi).toBe('3.1.0');
});

test('the page loads everything from this service, under a policy that forbids inline scripts', async () => {
  const page = await status.get('/docs');
  expect(page.headers.get('content-type')).toContain('text/html');
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("script-src 'self';");
  expect(policy).toContain("default-src 'none'");
  expect(page.text).not.toMatch(/<script(?![^>]*\bsrc=)/);
  const loaded = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url as string);
  expect(loaded.length).toBeGreaterThan(4);
  for (const url of loaded) {
    expect(url).toMatch(/^\/api\/v1\//);
    const file = await status.get(url.slice('/api/v1'.length));
    expect([url, file.status]).toEqual([url, 200]);
  }
});

test('files have the right content type and support 304', async () => {
  const script = await status.get('/docs/swagger-ui-bundle.js');
  expect(script.headers.get('content-type')).toContain('text/javascript');
  expect(script.text.length).toBeGreaterThan(500_000);
  const again = await status.get('/docs/swagger-ui-bundle.js', {
    'if-none-match': script.headers.get('etag') ?? '',
    'cache-control': 'max-age=0',
  });
  expect(again.status).toBe(304);
});

test.each(['package.json', '..%2Fpackage.json', 'index.html', '%2e%2e%2f%2e%2e%2fpackage.json'])(
  '%s is not served',
  async (file) => {
    const answer = await status.get(`/docs/${file}`);
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  },
);

test('events have an AsyncAPI document', async () => {
  const { text } = await status.get('/docs/asyncapi.json');
  const document = JSON.parse(text);
  expect(document.asyncapi).toMatch(/^3\./);
  expect(Object.keys(document.channels)).toEqual(expect.arrayContaining(['auth', 'content', 'media', 'ai']));
});

test('events have a page that names every event, topic and field, without scripts', async () => {
  const { text, headers } = await status.get('/docs/events');
  const document = JSON.parse((await status.get('/docs/asyncapi.json')).text);
  for (const channel of Object.values<{ address: string }>(document.channels))
    expect(text).toContain(`<code>${channel.address}</code>`);
  for (const name of Object.keys(document.components.messages))
    expect(text).toContain(`<section id="${name}">`);
  expect(text).toContain('<td><code>submissionId</code></td><td>uuid</td>');
  expect(text).toContain('one of speaking, writing');
  expect(text).not.toContain('<script');
  expect(headers.get('content-security-policy')).toMatch(/default-src 'none'; style-src 'sha256-/);
  for (const [, url] of text.matchAll(/href="(\/[^"]+)"/g))
    expect((await status.get((url as string).replace('/api/v1', ''))).status).toBe(200);
});

test('texts of contracts are shown as text, never as markup', () => {
  const page = renderEventsPage({
    info: { title: '<i>', version: '1', description: '' },
    channels: { a: { address: '<b>', messages: { x: {} } } },
    components: {
      messages: {
        x: {
          name: 'x"><script>',
          summary: '<script>',
          payload: { required: [], properties: { data: { properties: { '<u>': { type: 'string' } } } } },
        },
      },
    },
  });
  expect(page).not.toMatch(/<(i|b|u|script)>/);
});
