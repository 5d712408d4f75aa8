import OpenAI from 'openai';
import type { AiProvider, ProviderCall } from '../ai-provider.ts';
import { mapOpenAiError } from './map-openai-error.ts';
import { transcribe } from './transcribe.ts';
import { writingFeedback } from './writing-feedback.ts';

export interface OpenAiOptions {
  apiKey: string;
  /** Any server that speaks OpenAI's `/chat/completions` and `/audio/transcriptions`; ends in `/v1`. */
  baseUrl: string;
  textModel: string;
  transcriptionModel: string;
  /** Longest time to wait for one response, in ms. */
  timeoutMs: number;
  /** Retries within one call; the job has its own retries. */
  maxRetries: number;
}

/** Dependencies of the operations: a client, and a function that makes one call, timed, limited and reported. */
export interface OpenAiSession {
  client: OpenAI;
  options: OpenAiOptions;
  /** Runs one call, reports its cost to `onCall` whatever the outcome, and maps its error. */
  call<T>(request: {
    operation: ProviderCall['operation'];
    model: string;
    signal: AbortSignal;
    onCall: (call: ProviderCall) => void;
    run: (requestOptions: { signal: AbortSignal }) => Promise<T>;
    tokensOf: (answer: T) => { inputTokens: number; outputTokens: number };
  }): Promise<T>;
}

/** Grades with OpenAI or any compatible server, through the official SDK. */
export function createOpenAiProvider(options: OpenAiOptions): AiProvider {
  const client = new OpenAI({
    apiKey: options.apiKey,
    baseURL: options.baseUrl,
    organization: null,
    project: null,
    timeout: options.timeoutMs,
    maxRetries: options.maxRetries,
    // The SDK's debug log (OPENAI_LOG=debug) would print whole requests, with the learner's text.
    logLevel: 'off',
  });
  // Limits all tries together, because the SDK would wait even for a Retry-After of a minute.
  const deadlineMs = options.timeoutMs * (options.maxRetries + 1) + 5_000;
  const session: OpenAiSession = {
    client,
    options,
    async call({ operation, model, signal, onCall, run, tokensOf }) {
      const started = performance.now();
      const told = (outcome: ProviderCall['outcome'], tokens = { inputTokens: 0, outputTokens: 0 }) => {
        const durationMs = Math.round(performance.now() - started);
        onCall({ operation, provider: 'openai', model, outcome, durationMs, ...tokens });
      };
      try {
        const answer = await run({ signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]) });
        told('ok', tokensOf(answer));
        return answer;
      } catch (error) {
        told('failed');
        throw mapOpenAiError(error, signal);
      }
    },
  };
  return {
    name: 'openai',
    canTranscribe: true,
    writingFeedback: (request) => writingFeedback(session, request),
    transcribe: (request) => transcribe(session, request),
    close: async () => undefined,
  };
}
