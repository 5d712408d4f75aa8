import { requireUsableRedis } from '@lms/redis';
import { commonParts, withOwnDeps } from './common-parts.ts';
import { type BaseDeps, type BaseVariables, createBaseClients, type ServiceConfig } from './core-deps.ts';
import type { PlainDeclaration } from './declaration.ts';
import type { Service } from './service.ts';
import { warmUpBase } from './warm-up.ts';

/** A service without a database, which has only HTTP. */
export function plainService<S extends BaseVariables, D extends BaseDeps>(
  declaration: PlainDeclaration<S, D>,
): Service<S, D> {
  return {
    ...commonParts(declaration),
    createDeps(start) {
      const config = start.config as unknown as ServiceConfig<BaseVariables>;
      const base = createBaseClients({ ...start, service: declaration.name, config });
      return withOwnDeps(declaration, start, base);
    },
    health: (deps) => declaration.health?.(deps) ?? {},
    async warmUp(deps) {
      await warmUpBase(declaration.routes, deps);
      await declaration.warmUp?.(deps);
    },
    ready: ({ redis }) => ({ redis: () => requireUsableRedis(redis) }),
    background: () => [],
  };
}
