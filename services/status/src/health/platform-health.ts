import { z } from 'zod';
import { type ServiceHealth, serviceHealth } from './ask-service.ts';

/** What services depend on; shown also while no service can tell of them. */
const knownDependencies = ['postgres', 'redis', 'kafka', 'objectStore'] as const;

export const platformHealth = z.object({
  status: z.enum(['up', 'down']),
  checkedAt: z.iso.datetime(),
  services: z.record(z.string(), serviceHealth),
  /** Down when any service says so; unknown when none could be asked. */
  dependencies: z.record(z.string(), z.enum(['up', 'down', 'unknown'])),
});
export type PlatformHealth = z.infer<typeof platformHealth>;

/** Sums up what the services said. Up means: every service, and all that every service needs. */
export function summarise(services: Record<string, ServiceHealth>, checkedAt: Date): PlatformHealth {
  const dependencies: PlatformHealth['dependencies'] = Object.fromEntries(
    knownDependencies.map((name) => [name, 'unknown' as const]),
  );
  for (const service of Object.values(services)) {
    for (const [name, { status }] of Object.entries(service.dependencies)) {
      if (dependencies[name] !== 'down') dependencies[name] = status;
    }
  }
  const allUp =
    Object.values(services).every(({ status }) => status === 'up') &&
    !Object.values(dependencies).includes('down');
  return { status: allUp ? 'up' : 'down', checkedAt: checkedAt.toISOString(), services, dependencies };
}
