import { ConfigError } from '@lms/config';
import type { AiProvider } from './ai-provider.ts';
import { createLocalProvider } from './local/create-local-provider.ts';
import type { OpenAiOptions } from './openai/create-openai-provider.ts';

export interface ProviderConfig {
  AI_PROVIDER: 'local' | 'openai' | 'auto';
  OPENAI_API_KEY?: string | undefined;
  OPENAI_BASE_URL: string;
  AI_TEXT_MODEL: string;
  AI_TRANSCRIPTION_MODEL: string;
  AI_TIMEOUT_MS: number;
  AI_MAX_RETRIES: number;
}

/**
 * Picks the provider: `auto` means OpenAI if a key is set (other than the example's), and local otherwise.
 * @throws ConfigError if `openai` is configured without a key.
 */
export function createProvider(config: ProviderConfig): AiProvider {
  const apiKey = apiKeyOf(config);
  if (config.AI_PROVIDER === 'local' || !apiKey) return createLocalProvider();
  return openAiOnDemand({
    apiKey,
    baseUrl: config.OPENAI_BASE_URL,
    textModel: config.AI_TEXT_MODEL,
    transcriptionModel: config.AI_TRANSCRIPTION_MODEL,
    timeoutMs: config.AI_TIMEOUT_MS,
    maxRetries: config.AI_MAX_RETRIES,
  });
}

/** The provider with its SDK, which is large and loaded with the first call: a process that serves HTTP makes none. */
function openAiOnDemand(options: OpenAiOptions): AiProvider {
  let loaded: Promise<AiProvider> | undefined;
  const load = async () => {
    const { createOpenAiProvider } = await import('./openai/create-openai-provider.ts');
    return createOpenAiProvider(options);
  };
  const provider = () => {
    loaded ??= load();
    return loaded;
  };
  return {
    name: 'openai',
    canTranscribe: true,
    writingFeedback: async (request) => (await provider()).writingFeedback(request),
    transcribe: async (request) => (await provider()).transcribe(request),
    close: async () => (await loaded)?.close(),
  };
}

/**
 * The key; undefined if it is unset. In development the example's value counts as unset; in staging and production
 * it prevents the start (see `parseConfig`).
 * @throws ConfigError if `openai` is configured without a key.
 */
export function apiKeyOf(config: Pick<ProviderConfig, 'AI_PROVIDER' | 'OPENAI_API_KEY'>): string | undefined {
  const apiKey = /^(sk-)?change_?me/i.test(config.OPENAI_API_KEY ?? '') ? undefined : config.OPENAI_API_KEY;
  if (config.AI_PROVIDER === 'openai' && !apiKey) {
    throw new ConfigError([{ name: 'OPENAI_API_KEY', message: 'is required when AI_PROVIDER is openai' }]);
  }
  return apiKey;
}
