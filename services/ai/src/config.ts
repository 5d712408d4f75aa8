import { accessTokenVariables, objectStoreVariables, postgresVariables, redisVariables } from '@lms/config';
import { kafkaVariables } from '@lms/events';
import { z } from 'zod';

const count = (unlessGiven: number, { min = 1, max = 1_000_000 } = {}) =>
  z.coerce.number().int().min(min).max(max).default(unlessGiven);
const model = (unlessGiven: string) => z.string().min(1).max(100).default(unlessGiven);

/** Every variable of this service in addition to those that all services have. */
export const aiVariables = {
  ...postgresVariables,
  ...redisVariables,
  ...accessTokenVariables,
  ...kafkaVariables,
  ...objectStoreVariables,
  AI_PROVIDER: z.enum(['auto', 'local', 'openai']).default('auto').meta({
    section: 'AI',
    description:
      'Provider of feedback: local (offline rules), openai, or auto (openai if a key is set, local otherwise)',
    example: 'auto',
    optional: true,
  }),
  OPENAI_API_KEY: z.string().min(1).max(500).optional().meta({
    section: 'AI',
    description:
      'API key of OpenAI or a compatible server; the local provider is used if it is unset or, in development, change_me',
    example: 'sk-change_me',
    secret: true,
    optional: true,
  }),
  OPENAI_BASE_URL: z
    .url({ protocol: /^https?$/, error: 'must be a URL that starts with http:// or https://' })
    .default('https://api.openai.com/v1')
    .meta({
      section: 'AI',
      description: 'Base URL of OpenAI or a compatible server; ends in /v1',
      example: 'https://api.openai.com/v1',
      optional: true,
    }),
  AI_TEXT_MODEL: model('gpt-5-mini').meta({
    section: 'AI',
    description: 'Model that grades texts',
    example: 'gpt-5-mini',
    optional: true,
  }),
  AI_TRANSCRIPTION_MODEL: model('whisper-1').meta({
    section: 'AI',
    description:
      'Model that transcribes recordings; whisper models also return word timings, which fluency feedback needs',
    example: 'whisper-1',
    optional: true,
  }),
  AI_TIMEOUT_MS: count(30_000, { min: 100, max: 120_000 }).meta({
    section: 'AI',
    description: 'Longest time to wait for one response of the provider, in ms',
    example: '30000',
    optional: true,
  }),
  AI_MAX_RETRIES: count(1, { min: 0, max: 5 }).meta({
    section: 'AI',
    description: 'Retries within one call to the provider; the job that makes the call has its own retries',
    example: '1',
    optional: true,
  }),
  AI_CALLS_PER_DAY: count(200).meta({
    section: 'AI',
    description: 'Maximum number of calls to the provider per user and day (UTC)',
    example: '200',
    optional: true,
  }),
  AI_TOKENS_PER_DAY: count(300_000, { max: 1_000_000_000 }).meta({
    section: 'AI',
    description: 'Maximum number of input and output tokens per user and day (UTC)',
    example: '300000',
    optional: true,
  }),
} as const;
