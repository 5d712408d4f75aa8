import type { Config } from '@lms/config';
import { createObjectStore, type ObjectStore } from '@lms/object-store';
import type { Metrics } from '@lms/runtime';
import type { CoreDeps, OwnDeps } from '@lms/service';
import { type AiMetrics, createAiMetrics } from './ai-metrics.ts';
import type { aiVariables } from './config.ts';
import { type Prisma, PrismaClient } from './generated/prisma/client.ts';
import { type GradingSettings, gradingSettings } from './grading/grading-settings.ts';
import { type AiProvider, createProvider } from './providers/index.ts';
import type { Budget } from './usage/budget.ts';

export { PrismaClient };

/** Name of the service, of its PostgreSQL schema and of its consumer group. */
export const serviceName = 'ai';

/** A transaction or the client itself, as store functions accept it. */
export type Tx = Prisma.TransactionClient;

/** Dependencies of handlers; each handler names the part that it uses. */
export interface Deps extends CoreDeps<PrismaClient> {
  objectStore: ObjectStore;
  provider: AiProvider;
  budget: Budget;
  grading: GradingSettings;
  aiMetrics: AiMetrics;
}

/** @throws ConfigError if the configured provider lacks its key. */
export function createDeps({
  config,
  metrics,
}: {
  config: Config<typeof aiVariables>;
  metrics: Metrics;
}): OwnDeps<Deps> {
  const provider = createProvider(config);
  const objectStore = createObjectStore({
    endpoint: config.R2_ENDPOINT,
    region: config.R2_REGION,
    bucket: config.R2_BUCKET,
    accessKey: config.R2_ACCESS_KEY,
    secretKey: config.R2_SECRET_KEY,
  });
  return {
    deps: {
      objectStore,
      provider,
      budget: { callsPerDay: config.AI_CALLS_PER_DAY, tokensPerDay: config.AI_TOKENS_PER_DAY },
      grading: gradingSettings(config),
      aiMetrics: createAiMetrics(metrics, provider),
    },
    close() {
      objectStore.close();
      return provider.close();
    },
  };
}
