import { Counter, Gauge, type Metrics } from '@lms/runtime';
import type { AiProvider, ProviderCall } from './providers/index.ts';

export interface AiMetrics {
  /** A provider call ended. */
  called(call: ProviderCall): void;
  /** A grading ended for good: `outcome` is done or the code of its failure. */
  finished(kind: string, outcome: string): void;
}

/** Metrics of the provider. Health does not cover the provider, because everything else works without it. */
export function createAiMetrics({ registry }: Metrics, provider: AiProvider): AiMetrics {
  const registers = [registry];
  new Gauge({
    name: 'ai_provider_info',
    help: 'The configured provider: always 1, with its name in the label',
    labelNames: ['provider'],
    registers,
  }).set({ provider: provider.name }, 1);
  const calls = new Counter({
    name: 'ai_provider_calls_total',
    help: 'Calls to the provider',
    labelNames: ['provider', 'model', 'operation', 'outcome'],
    registers,
  });
  const tokens = new Counter({
    name: 'ai_provider_tokens_total',
    help: 'Tokens used by calls to the provider',
    labelNames: ['provider', 'model', 'direction'],
    registers,
  });
  const seconds = new Counter({
    name: 'ai_provider_seconds_total',
    help: 'Duration of calls to the provider',
    labelNames: ['provider', 'operation'],
    registers,
  });
  const finished = new Counter({
    name: 'ai_gradings_total',
    help: 'Finished gradings, by kind and outcome (done, or the code of the failure)',
    labelNames: ['kind', 'outcome'],
    registers,
  });
  return {
    called({ provider: name, model, operation, outcome, inputTokens, outputTokens, durationMs }) {
      calls.inc({ provider: name, model, operation, outcome });
      tokens.inc({ provider: name, model, direction: 'in' }, inputTokens);
      tokens.inc({ provider: name, model, direction: 'out' }, outputTokens);
      seconds.inc({ provider: name, operation }, durationMs / 1_000);
    },
    finished: (kind, outcome) => finished.inc({ kind, outcome }),
  };
}
