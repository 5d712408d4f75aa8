import type { Config } from '@lms/config';
import type { BaseDeps, OwnDeps } from '@lms/service';
import type { statusVariables } from './config.ts';
import { type ApiReference, createApiReference } from './docs/api-reference.ts';
import { createHealthWatch, type HealthWatch } from './health/health-watch.ts';

/** Dependencies of handlers; each handler names the part that it uses. */
export interface Deps extends BaseDeps {
  watchHealth: HealthWatch;
  apiReference: ApiReference;
}

export function createDeps({
  config,
  openApi,
}: {
  config: Config<typeof statusVariables>;
  openApi: () => object;
}): OwnDeps<Deps, BaseDeps> {
  return {
    deps: {
      watchHealth: createHealthWatch(config.STATUS_TARGETS),
      apiReference: createApiReference({ targets: config.STATUS_TARGETS, ownDocument: openApi }),
    },
  };
}
