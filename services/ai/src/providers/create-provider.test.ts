import { describe, expect, it } from '@jest/globals';
import { createProvider, type ProviderConfig } from './create-provider.ts';

const named = (config: Partial<ProviderConfig>) =>
  createProvider({
    AI_PROVIDER: 'auto',
    OPENAI_BASE_URL: 'https://api.openai.com/v1',
    AI_TEXT_MODEL: 'm',
    AI_TRANSCRIPTION_MODEL: 't',
    AI_TIMEOUT_MS: 1_000,
    AI_MAX_RETRIES: 0,
    ...config,
  }).name;

describe('choice of the provider', () => {
  it('is OpenAI if a key is set, and local otherwise', () => {
    expect(named({ OPENAI_API_KEY: 'sk-real' })).toBe('openai');
    expect(named({})).toBe('local');
  });

  it('treats the example key as unset', () => {
    expect(named({ OPENAI_API_KEY: 'change_me' })).toBe('local');
    expect(named({ OPENAI_API_KEY: 'sk-change_me' })).toBe('local');
  });

  it('is local if configured so, even if a key is set', () => {
    expect(named({ AI_PROVIDER: 'local', OPENAI_API_KEY: 'sk-real' })).toBe('local');
  });

  it('throws for openai without a key, and names the variable', () => {
    expect(() => named({ AI_PROVIDER: 'openai' })).toThrow(/OPENAI_API_KEY/);
  });
});
