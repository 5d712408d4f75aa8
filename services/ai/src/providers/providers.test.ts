import { startFakeOpenAi } from '@lms/testing';
import { describeProvider } from '../testing/provider-contract.ts';
import { createLocalProvider } from './local/create-local-provider.ts';
import { createOpenAiProvider } from './openai/create-openai-provider.ts';

describeProvider('local', async () => {
  const provider = createLocalProvider();
  // Loads the dictionary, which takes a long time on a busy machine.
  const { signal } = new AbortController();
  await provider.writingFeedback({ text: 'I am here.', languageTag: 'en', signal, onCall: () => undefined });
  return { provider, stop: () => provider.close() };
});

describeProvider('openai', async () => {
  const fake = await startFakeOpenAi();
  const provider = createOpenAiProvider({
    apiKey: fake.apiKey,
    baseUrl: fake.baseUrl,
    textModel: 'some-model',
    transcriptionModel: 'whisper-1',
    timeoutMs: 5_000,
    maxRetries: 0,
  });
  return { provider, stop: () => fake.close() };
});
