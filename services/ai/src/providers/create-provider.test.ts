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
  it('is OpenAI when there is a key, local otherwise', () => {
    expect(named({ OPENAI_API_KEY: 'sk-real' })).toBe('openai');
    expect(named({})).toBe('local');
  });

  it('does not take the key of the example for one', () => {
    expect(named({ OPENAI_API_KEY: 'change_me' })).toBe('local');
    expect(named({ OPENAI_API_KEY: 'sk-change_me' })).toBe('local');
  });

  it('is local when that is asked for, key or not', () => {
    expect(named({ AI_PROVIDER: 'local', OPENAI_API_KEY: 'sk-real' })).toBe('local');
  });

  it('refuses to start with openai and no key, and names the variable', () => {
    expect(() => named({ AI_PROVIDER: 'openai' })).toThrow(/OPENAI_API_KEY/);
  });
});
