import { z } from 'zod';
import { type ServiceHealth, serviceHealth } from './ask-service.ts';

/** Dependencies of the services; listed even while no service can report on them. */
const knownDependencies = ['postgres', 'redis', 'kafka', 'objectStore'] as const;

export const platformHealth = z.object({
  status: z.enum(['up', 'down']),
  checkedAt: z.iso.datetime(),
  services: z.record(z.string(), serviceHealth),
  /** Down if any service reports it so; unknown if no service could be queried. */
  dependencies: z.record(z.string(), z.enum(['up', 'down', 'unknown'])),
});
export type PlatformHealth = z.infer<typeof platformHealth>;

/** Combines the reports of the services. Up means that every service and every dependency is up. */
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
