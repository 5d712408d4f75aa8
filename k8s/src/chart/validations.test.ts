import { describe, expect, it } from '@jest/globals';
import { renderText, type Values } from '../testing/render-chart.ts';

/** The messages with which the chart refuses the values. @throws Error if it renders. */
async function problemsOf(values: Values, file = 'minimal-values.yaml' as string | null): Promise<string[]> {
  const answer = await renderText({ values, file }).catch((error: Error) => error);
  if (typeof answer === 'string') throw new Error('it rendered');
  return answer.message
    .split('\n')
    .filter((line) => line.startsWith('  - '))
    .map((line) => line.slice(4));
}

/** Helm's message when the schema refuses the values. */
async function schemaRefusal(values: Values): Promise<string> {
  const answer = await renderText({ values }).catch((error: Error) => error);
  if (typeof answer === 'string') throw new Error('it rendered');
  return answer.message;
}

describe('the check for values that cannot be combined', () => {
  it('names all missing values at once', async () => {
    const given = { R2_ENDPOINT: 'https://r2', R2_PUBLIC_URL: 'https://cdn', APP_URL: 'https://app' };
    expect(await problemsOf({ config: given }, null)).toEqual([
      'image.owner is empty: set it to the owner of your images in ghcr.io, so that they are found at ghcr.io/<owner>/lms-auth.',
      'ingress.host is empty: set it to the host name of the API, or set ingress.enabled to false and use the gateway.',
      'No source of secrets is configured: set secrets.existingSecret to the name of a Secret, or secrets.externalSecret.enabled, or (for a trial) secrets.create with secrets.values.',
      'config.KAFKA_BROKERS is missing, and without it these services do not start: ai, auth, content, media. Set it; charts/lms/README.md describes it.',
      'config.MAIL_FROM is missing, and without it these services do not start: auth. Set it; charts/lms/README.md describes it.',
      'config.R2_BUCKET is missing, and without it these services do not start: ai, media. Set it; charts/lms/README.md describes it.',
    ]);
  });

  it('refuses an ingress beside a gateway, a gateway without hosts, and policies that block everything', async () => {
    expect(
      await problemsOf({
        gateway: { enabled: true },
        networkPolicy: { ingressController: [], prometheus: [] },
        monitoring: { podMonitor: { enabled: true }, serviceMonitor: { enabled: true } },
      }),
    ).toEqual([
      'gateway.hostnames is empty: name the hosts of the API, or set gateway.enabled to false.',
      'gateway.parentRefs is empty: name the Gateway that the routes attach to, as in [{name: public, namespace: gateways}].',
      'ingress.enabled and gateway.enabled are both true, so one host name would have two owners: set one of them to false.',
      'networkPolicy.ingressController is empty, so nothing from outside reaches the pods: name the namespace and pods of your ingress controller.',
      'monitoring.podMonitor.enabled and monitoring.serviceMonitor.enabled are both true, so every series would be scraped twice: set one of them to false.',
      'networkPolicy.prometheus is empty, so nothing can scrape the pods: name the namespace and pods of Prometheus.',
    ]);
  });

  it('refuses two sources of secrets, an incomplete source, and missing secrets', async () => {
    const sentences = await problemsOf({
      secrets: {
        create: true,
        values: { DATABASE_URL: 'postgresql://a' },
        externalSecret: { enabled: true },
      },
      services: { media: { existingSecret: 'own' }, ai: { existingSecret: 'own' } },
    });
    expect(sentences).toEqual([
      'secrets.existingSecret and secrets.externalSecret.enabled and secrets.create are set at the same time: keep one source of secrets.',
      'secrets.externalSecret needs storeName (the store) and remoteKey (the entry in it): set both.',
      'secrets.values.JWT_ACCESS_SECRET is missing, and without it these services do not start: auth. Set it.',
      'secrets.values.JWT_REFRESH_SECRET is missing, and without it these services do not start: auth. Set it.',
      'secrets.values.REDIS_URL is missing, and without it these services do not start: auth, content, status. Set it.',
      'secrets.values.SMTP_URL is missing, and without it these services do not start: auth. Set it.',
    ]);
    expect(await problemsOf({ secrets: { values: { DATABASE_URL: 'postgresql://a' } } })).toEqual([
      'secrets.values has entries that nothing reads: set secrets.create to true, or remove the entries.',
    ]);
  });

  it('refuses a grace period that is shorter than the shutdown', async () => {
    expect(
      await problemsOf({
        services: {
          auth: { api: { shutdown: { gracePeriodSeconds: 45 } } },
          content: { api: { shutdown: { preStopMode: 'none' } } },
          media: { api: { shutdown: { preStopSeconds: 1 } } },
          ai: { worker: { shutdown: { drainSeconds: 60, closeSeconds: 40, gracePeriodSeconds: 100 } } },
        },
      }),
    ).toEqual([
      'services.ai.worker.shutdown: the grace period of 100 s is not longer than preStop, drain and close together (100 s), so pods would be killed with requests in flight: set gracePeriodSeconds to 0 or to 105.',
      'services.auth.api.shutdown: the grace period of 45 s is not longer than preStop, drain and close together (80 s), so pods would be killed with requests in flight: set gracePeriodSeconds to 0 or to 85.',
      'services.content.api.shutdown.preStopSeconds is 10, but preStopMode is none: set preStopMode to sleep or exec, or preStopSeconds to 0.',
      'services.content.api.shutdown: without at least 3 s of preStop, pods receive requests after they have stopped listening: set preStopSeconds to 10 and preStopMode to sleep or exec.',
      'services.media.api.shutdown: without at least 3 s of preStop, pods receive requests after they have stopped listening: set preStopSeconds to 10 and preStopMode to sleep or exec.',
    ]);
  });

  it('refuses scaling that cannot work', async () => {
    expect(
      await problemsOf({
        keda: { enabled: true },
        services: {
          auth: { api: { autoscaling: { minReplicas: 5 } } },
          content: { api: { autoscaling: { memoryPercent: 0 } } },
          media: { api: { autoscaling: { enabled: false } }, worker: { autoscaling: { maxReplicas: 6 } } },
          ai: { api: { autoscaling: { enabled: false } }, worker: { autoscaling: { maxReplicas: 25 } } },
        },
        defaults: { api: { resources: { requests: { cpu: null, memory: null } } } },
        postgres: { maxConnections: 2000 },
      }),
    ).toEqual([
      'services.ai.worker.autoscaling.maxReplicas is 25, but topics have 24 partitions, so the extra consumers would receive nothing: lower it to 24, or raise the topics (`events partitions --to` of the operations image) and config.KAFKA_PARTITIONS.',
      'services.auth.api.autoscaling: minReplicas (5) is above maxReplicas (3): raise maxReplicas or lower minReplicas.',
      'services.auth.api.autoscaling scales by CPU in percent of the request, but resources.requests.cpu is not set: set it, or set autoscaling.enabled to false.',
      'services.auth.api.autoscaling scales by memory in percent of the request, but resources.requests.memory is not set: set it, or set memoryPercent to 0.',
      'services.content.api.autoscaling scales by CPU in percent of the request, but resources.requests.cpu is not set: set it, or set autoscaling.enabled to false.',
    ]);
  });

  it('counts the connections of all pods at their maximum, plus one of each during a rollout', async () => {
    // 4 services × ((3 + 1) API pods × 4 + (2 + 1) workers × (5 + 2) connections)
    expect(await problemsOf({ postgres: { maxConnections: 162 } })).toEqual([
      'All pods at their maximum (and one more of each during a rollout) may open 148 connections to PostgreSQL, but postgres.maxConnections - postgres.reservedConnections is 147: lower maxReplicas or poolSize, or raise max_connections of the server and postgres.maxConnections to at least 163.',
    ]);
    expect(await renderText({ values: { postgres: { maxConnections: 163 } } })).toContain('kind: Deployment');
    // Without an autoscaler the fixed number of pods counts; with one, its maximum does.
    expect(
      await problemsOf({
        postgres: { maxConnections: 163 },
        services: { auth: { api: { replicas: 4, autoscaling: { enabled: false } } } },
      }),
    ).toEqual([expect.stringContaining('may open 152 connections')]);
  });

  it('counts the connections of a pooler, and those that workers open beside it', async () => {
    // 50 + 4 services × (2 + 1) workers × (2 + 1) connections
    const postgres = { poolerConnections: 50, maxConnections: 100 };
    expect(await problemsOf({ postgres })).toEqual([
      'All pods at their maximum (and one more of each during a rollout) may open 86 connections to PostgreSQL (those of the pooler included), but postgres.maxConnections - postgres.reservedConnections is 85: lower maxReplicas or poolerConnections, or raise max_connections of the server and postgres.maxConnections to at least 101.',
    ]);
    expect(await renderText({ values: { postgres: { ...postgres, maxConnections: 101 } } })).toContain(
      'kind: Deployment',
    );
  });

  it('wants a pooler and the address of the server behind it together', async () => {
    const file = 'full-values.yaml';
    const withServer = { secrets: { values: { DATABASE_DIRECT_URL: 'postgresql://a' } } };
    expect(await problemsOf(withServer, file)).toEqual([
      'secrets.values.DATABASE_DIRECT_URL is set, so DATABASE_URL leads to a pooler, but postgres.poolerConnections is 0: set it to the number of connections that the pooler may open to the server.',
    ]);
    expect(await problemsOf({ postgres: { poolerConnections: 20 } }, file)).toEqual([
      'postgres.poolerConnections is 20, but secrets.values.DATABASE_DIRECT_URL is missing: name the server behind the pooler in it.',
    ]);
    const values = { ...withServer, postgres: { poolerConnections: 20 } };
    expect(await renderText({ file, values })).toContain('kind: Deployment');
  });

  it('refuses an API without a worker, which alone publishes its events', async () => {
    const problem = (service: string) =>
      `services.${service}.worker has no pods, so nobody would publish the events of the API or run its jobs: set enabled to true and replicas to at least 1, or set services.${service}.api.enabled to false.`;
    const none = { autoscaling: { enabled: false }, replicas: 0 };
    expect(
      await problemsOf({ services: { auth: { worker: { enabled: false } }, media: { worker: none } } }),
    ).toEqual([problem('auth'), problem('media')]);
    expect(
      await renderText({
        values: { services: { auth: { api: { enabled: false }, worker: { enabled: false } } } },
      }),
    ).toContain('kind: Deployment');
  });

  it('refuses backups without recipients', async () => {
    expect(await problemsOf({ backup: { enabled: true } })).toEqual([
      'backup.env.BACKUP_RECIPIENTS is missing, and without it nobody could open the backups: set it to the public age keys that they are encrypted for (age1…, from `backup keygen`), or set backup.enabled to false.',
    ]);
  });

  it('refuses a variable for a service that does not read it', async () => {
    expect(
      await problemsOf({ services: { auth: { config: { R2_BUCKET: 'x', LOG_LEVEL: 'warn' } } } }),
    ).toEqual([
      'services.auth.config.R2_BUCKET is not read by auth: remove it, or set it in the config of the service that reads it.',
    ]);
  });
});

describe('the schema', () => {
  it('names every unknown key, at every depth', async () => {
    const refusal = await schemaRefusal({
      ingres: {},
      ingress: { hosts: ['a'] },
      config: { KAFKA_BROKER: 'a:1', DATABASE_URL: 'postgresql://in-the-wrong-place' },
      secrets: { values: { JWT_SECRET: 'x' } },
      services: { billing: {}, auth: { api: { replica: 2, shutdown: { preStop: 3 } } } },
      defaults: { worker: { resources: { requests: { ram: '1Gi' } } } },
      networkPolicy: { postgres: { port: 5432 }, prometheus: [{ podselector: {} }] },
      monitoring: { rules: { errorRate: 1 } },
      backup: { cron: 'x' },
      tests: { smoke: {} },
    });
    for (const [path, key] of [
      ["''", 'ingres'],
      ["'/ingress'", 'hosts'],
      ["'/secrets/values'", 'JWT_SECRET'],
      ["'/services'", 'billing'],
      ["'/services/auth/api'", 'replica'],
      ["'/services/auth/api/shutdown'", 'preStop'],
      ["'/defaults/worker/resources/requests'", 'ram'],
      ["'/networkPolicy/postgres'", 'port'],
      ["'/networkPolicy/prometheus/0'", 'podselector'],
      ["'/monitoring/rules'", 'errorRate'],
      ["'/backup'", 'cron'],
      ["'/tests'", 'smoke'],
    ])
      expect(refusal).toContain(`at ${path}: additional properties '${key}' not allowed`);
    expect(refusal).toMatch(/at '\/config': additional properties '(KAFKA_BROKER|DATABASE_URL)', /);
    expect(refusal).not.toContain('in-the-wrong-place');
  });

  it('names every value that has a wrong type', async () => {
    const refusal = await schemaRefusal({
      environment: 'prod',
      image: { tag: 'not a tag', pullPolicy: 'Sometimes' },
      ingress: { host: 'https://api.example.com', controller: 'apache' },
      postgres: { maxConnections: '400' },
      services: { auth: { api: { replicas: -1, poolSize: 0, podDisruptionBudget: { maxUnavailable: 0 } } } },
      backup: { schedule: 'nightly', scratchSize: 'much' },
      keda: { enabled: 'perhaps' },
    });
    for (const path of [
      '/environment',
      '/image/tag',
      '/image/pullPolicy',
      '/ingress/host',
      '/ingress/controller',
      '/postgres/maxConnections',
      '/services/auth/api/replicas',
      '/services/auth/api/poolSize',
      '/services/auth/api/podDisruptionBudget/maxUnavailable',
      '/backup/schedule',
      '/backup/scratchSize',
      '/keda/enabled',
    ])
      expect(refusal).toContain(`at '${path}'`);
  });
});
