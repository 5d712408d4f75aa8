import type { EnvShape } from '@lms/config';
import { type CommandContext, runProcess } from '@lms/runtime';
import type { Service } from './service.ts';

/**
 * Entry point of every service: `main.ts [all|api|worker|check-config|migrate|<command>]`, `all` by default.
 * Exit codes are those of `runProcess`.
 */
export async function runService<S extends EnvShape, D>(service: Service<S, D>): Promise<void> {
  const { name, version, variables, checkConfig } = service;
  await runProcess<S>({
    ...{ name, version, variables },
    ...(checkConfig ? { checkConfig } : {}),
    async serve({ config, log, metrics, draining, mode }) {
      const { deps, close } = service.createDeps({ config, log, metrics, draining, mode });
      return {
        app: service.createApp(deps, {
          metrics,
          trustProxyHops: config.TRUST_PROXY_HOPS,
          corsOrigins: config.CORS_ORIGINS,
        }),
        openApi: service.openApi,
        health: service.health(deps),
        ready: service.ready(deps),
        warmUp: () => service.warmUp(deps),
        background: () => service.background(deps, { config, log, metrics }),
        close,
      };
    },
    commands: commandsOf(service),
  });
}

function commandsOf<S extends EnvShape, D>(service: Service<S, D>) {
  const commands: Record<string, (context: CommandContext<S>) => Promise<void>> = {};
  if (service.migrate) commands.migrate = service.migrate;
  for (const [name, command] of Object.entries(service.commands)) {
    commands[name] = async ({ config, log, metrics, args }) => {
      const draining = new AbortController().signal;
      const { deps, close } = service.createDeps({ config, log, metrics, draining });
      await command({ config, deps, log, args }).finally(close);
    };
  }
  return commands;
}
