import type { Target } from '../config.ts';
import { askService } from './ask-service.ts';
import { type PlatformHealth, summarise } from './platform-health.ts';

/** How long a report is cached, so that many callers cost one round of queries. */
const keptMs = 500;

/** The state of the platform, at most `keptMs` old. Never throws; takes no longer than the limit for one service. */
export type HealthWatch = () => Promise<PlatformHealth>;

export function createHealthWatch(targets: readonly Target[]): HealthWatch {
  let running: Promise<PlatformHealth> | undefined;
  let latest: { health: PlatformHealth; at: number } | undefined;

  const askAll = async (): Promise<PlatformHealth> => {
    const answers = await Promise.all(
      targets.map(async (target) => [target.name, await askService(target)] as const),
    );
    const health = summarise(Object.fromEntries(answers), new Date());
    latest = { health, at: performance.now() };
    return health;
  };

  return () => {
    if (latest && performance.now() - latest.at < keptMs) return Promise.resolve(latest.health);
    running ??= askAll().finally(() => {
      running = undefined;
    });
    return running;
  };
}
