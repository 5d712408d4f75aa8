import { startFakeOpenAi } from './fake-openai.ts';

// node libs/testing/src/fake-openai-main.ts, with PORT, FAKE_OPENAI_API_KEY and FAKE_OPENAI_LATENCY_MS in the
// environment, all optional. The first line on stdout is the base URL.
const env = process.env;
const fake = await startFakeOpenAi({
  port: Number(env.PORT ?? 0),
  latencyMs: Number(env.FAKE_OPENAI_LATENCY_MS ?? 0),
  ...(env.FAKE_OPENAI_API_KEY ? { apiKey: env.FAKE_OPENAI_API_KEY } : {}),
});
process.stdout.write(`${fake.baseUrl}\n`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void fake.close().then(() => process.exit(0)));
}
