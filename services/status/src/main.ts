import { runService } from '@lms/runtime';
import manifest from '../package.json' with { type: 'json' };
import { createApp, openApi } from './app.ts';
import { statusVariables } from './config.ts';
import { createDeps, serviceName } from './deps.ts';

await runService({
  name: serviceName,
  version: manifest.version,
  variables: statusVariables,
  async serve({ config, log, metrics, draining }) {
    const { deps, close } = createDeps(config, { log, ownDocument: openApi, draining });
    return {
      app: createApp(deps, {
        metrics,
        trustProxyHops: config.TRUST_PROXY_HOPS,
        corsOrigins: config.CORS_ORIGINS,
      }),
      openApi,
      // It reports on the others; it needs none of them to be ready itself.
      health: {},
      ready: {},
      background: [],
      close,
    };
  },
});
