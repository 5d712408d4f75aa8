import { describe, expect, it } from '@jest/globals';
import { all, envOf, find, podTemplateOf } from '../testing/manifests.ts';
import { renderChart } from '../testing/render-chart.ts';
import { readServiceVariables } from './service-variables.ts';

describe('the backup', () => {
  it('runs once a day, never twice at once, with the ops image', async () => {
    const job = find(await renderChart({ file: 'full-values.yaml' }), 'CronJob', 'school-backup');
    expect(job.spec).toMatchObject({
      schedule: '17 2 * * *',
      timeZone: 'Etc/UTC',
      concurrencyPolicy: 'Forbid',
    });
    const pod = podTemplateOf(job);
    expect(pod?.spec.containers[0]).toMatchObject({
      image: 'registry.example.com:5000/acme/learn-ops:1.2.3',
      args: ['backup', 'create', '--prune'],
    });
    expect(pod?.spec.containers[0]?.command).toBeUndefined();
  });

  it('receives the secrets of the database and the bucket and those that are named, but no others', async () => {
    const values = {
      backup: { secretKeys: ['BACKUP_PASSPHRASE'], command: ['node'], args: ['ops.js', 'backup'] },
    };
    const manifests = await renderChart({ file: 'full-values.yaml', values });
    const pod = podTemplateOf(find(manifests, 'CronJob', 'school-backup'));
    expect(pod && [...envOf(pod.spec).keys()]).toEqual([
      'DATABASE_URL',
      'DATABASE_DIRECT_URL',
      'R2_ACCESS_KEY',
      'R2_SECRET_KEY',
      'BACKUP_PASSPHRASE',
      'BACKUP_KEEP_DAYS',
      'BACKUP_RECIPIENTS',
    ]);
    expect(pod?.spec.containers[0]).toMatchObject({ command: ['node'], args: ['ops.js', 'backup'] });
    expect(find(manifests, 'ConfigMap', 'school-backup').data?.R2_BUCKET).toBe('lms-files');
    expect(pod?.spec.volumes?.find(({ name }) => name === 'tmp')?.emptyDir?.sizeLimit).toBe('2Gi');
  });

  it('is absent by default', async () => {
    expect(all(await renderChart(), 'CronJob')).toEqual([]);
  });
});

describe('helm test', () => {
  it('runs the checklist with the variables of all services', async () => {
    const { variables } = await readServiceVariables();
    const manifests = await renderChart();
    const pod = find(manifests, 'Pod', 'lms-preflight');
    expect(pod.metadata.annotations).toEqual({
      'helm.sh/hook': 'test',
      'helm.sh/hook-weight': '0',
      'helm.sh/hook-delete-policy': 'before-hook-creation',
    });
    expect(pod.spec.containers[0]).toMatchObject({
      image: 'ghcr.io/acme/lms-ops:0.1.0',
      args: ['preflight'],
    });
    const secret = [...variables].filter(([, variable]) => variable.secret).map(([name]) => name);
    expect([...envOf(pod.spec).keys()].sort()).toEqual(secret.sort());
    expect(find(manifests, 'ConfigMap', 'lms-preflight').data).toMatchObject({
      PREFLIGHT_URL: 'https://api.example.com',
      KAFKA_BROKERS: 'kafka.example.com:9092',
      MAIL_FROM: 'LMS <no-reply@example.com>',
      STATUS_TARGETS: expect.stringContaining('auth=http://lms-auth:9464'),
    });
  });

  it("uses the Gateway's address, and omits checks from outside if there is neither Gateway nor Ingress", async () => {
    const url = async (options: Parameters<typeof renderChart>[0]) =>
      find(await renderChart(options), 'ConfigMap', 'lms-preflight').data?.PREFLIGHT_URL;
    expect(await url({ file: 'gateway-values.yaml' })).toBe('https://api.example.com');
    expect(await url({ file: 'local-values.yaml' })).toBe('http://lms.localhost');
    expect(await url({ values: { ingress: { enabled: false } } })).toBeUndefined();
  });

  it('runs the journey only if the API can be reached from outside, and passes it no secrets', async () => {
    const manifests = await renderChart({ file: 'full-values.yaml' });
    const pod = find(manifests, 'Pod', 'school-journey');
    expect([...envOf(pod.spec).keys()]).toEqual([]);
    const pods = async (options?: Parameters<typeof renderChart>[0]) =>
      all(await renderChart(options), 'Pod').map(({ metadata }) => metadata.name);
    expect(await pods()).toEqual(['lms-preflight', 'lms-journey']);
    expect(await pods({ values: { ingress: { enabled: false } } })).toEqual(['lms-preflight']);
    expect(await pods({ values: { tests: { journey: { enabled: false } } } })).toEqual(['lms-preflight']);
  });
});
