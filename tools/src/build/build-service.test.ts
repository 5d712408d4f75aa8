import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventuallyPasses, stackEnv } from '@lms/testing';
import { createPortChooser } from '../stack/ports.ts';
import { buildService } from './build-service.ts';

interface Export {
  resourceSpans: { scopeSpans: { spans: { name: string }[] }[] }[];
}

const spans: string[] = [];
let dist: string;
let collector: Server;
let service: ChildProcess | undefined;

beforeAll(async () => {
  dist = await mkdtemp(join(tmpdir(), 'lms-bundle-'));
  await buildService('status', { dist });
  collector = createServer(async (req, res) => {
    const { resourceSpans } = JSON.parse(Buffer.concat(await req.toArray()).toString()) as Export;
    spans.push(
      ...resourceSpans.flatMap(({ scopeSpans }) =>
        scopeSpans.flatMap((s) => s.spans.map(({ name }) => name)),
      ),
    );
    res.end('{}');
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  service?.kill('SIGKILL');
  collector.closeAllConnections();
  collector.close();
  await rm(dist, { recursive: true, force: true });
});

it('bundles the OpenTelemetry SDK as a separate file, which main.js loads on demand', async () => {
  const main = await readFile(join(dist, 'main.js'), 'utf8');
  expect(main).not.toContain('OTLPTraceExporter');
  const [chunk] = (await readdir(dist)).filter((file) => /^start-node-sdk-\w+\.js$/.test(file));
  expect(main).toContain(`import("./${chunk}")`);
});

it('is ASCII, so that V8 keeps it with one byte per character', async () => {
  for (const file of (await readdir(dist)).filter((name) => name.endsWith('.js')))
    expect(await readFile(join(dist, file), 'utf8')).not.toMatch(/[^\0-\x7f]/);
});

it('comes with a command that finds the sources of a stack trace', async () => {
  const lines = (await readFile(join(dist, 'main.js'), 'utf8')).split('\n');
  const row = lines.findIndex((line) => line.includes('createHealthWatch('));
  const column = lines[row]?.indexOf('createHealthWatch(') ?? -1;
  const logged = `{"stack":"Error\\n    at createDeps (file:///app/dist/main.js:${row + 1}:${column + 1})"}`;
  const { stdout } = spawnSync(process.execPath, [join(dist, 'resolve-stack.mjs')], {
    input: `${logged}\nno stack\n`,
    encoding: 'utf8',
  });
  expect(stdout).toMatch(/at createDeps \(services\/status\/src\/[\w/-]+\.ts:\d+:\d+\)"}\nno stack\n$/);
});

it('contains the licence texts of the bundled packages and of those next to the bundle', async () => {
  const texts = await readFile(join(dist, 'licenses.txt'), 'utf8');
  for (const name of ['express', 'pino', '@opentelemetry/sdk-node', 'swagger-ui-dist'])
    expect(texts).toMatch(new RegExp(`^${name} \\d[\\d.]* \\(`, 'm'));
  expect(texts).toContain('Permission is hereby granted, free of charge');
});

it('produces a bundle that sends spans to the configured collector', async () => {
  const ports = createPortChooser({ remembered: {}, mode: 'free' });
  const port = await ports.choose('http', 3000);
  service = spawn(process.execPath, [join(dist, 'main.js')], {
    env: {
      PORT: String(port),
      METRICS_PORT: String(await ports.choose('metrics', 9464)),
      REDIS_URL: stackEnv().redisUrl,
      STATUS_TARGETS: 'auth=http://127.0.0.1:9',
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
      OTEL_TRACES_SAMPLE_RATIO: '1',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  service.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  await eventuallyPasses('the bundle listens', () => expect(output).toContain('"listening"'), {
    timeoutMs: 30_000,
  });
  await fetch(`http://127.0.0.1:${port}/api/v1/health`);
  await eventuallyPasses(
    'the span of the request arrives',
    () => expect(spans).toContain('GET /api/v1/health'),
    { timeoutMs: 20_000 },
  );

  // The API reference is read from a package next to the bundle.
  const page = await (await fetch(`http://127.0.0.1:${port}/api/v1/docs`)).text();
  const files = [...page.matchAll(/(?:src|href)="([^"]+\.(?:js|css|png))"/g)].map((match) => match[1] ?? '');
  expect(files.length).toBeGreaterThan(2);
  for (const file of files) {
    const answer = await fetch(new URL(file, `http://127.0.0.1:${port}/api/v1/docs/`));
    expect([file, answer.status]).toEqual([file, 200]);
    await answer.arrayBuffer();
  }
});
