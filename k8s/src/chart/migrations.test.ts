import { describe, expect, it } from '@jest/globals';
import { withMessage } from '@lms/testing';
import { all, envOf, find, type Manifest } from '../testing/manifests.ts';
import { renderChart } from '../testing/render-chart.ts';

const jobsOf = (manifests: Manifest[]) => all(manifests, 'Job');
const annotation = (manifest: Manifest, name: string) => manifest.metadata.annotations?.[`helm.sh/${name}`];
const isHook = (manifest: Manifest) => annotation(manifest, 'hook') !== undefined;

/** Kinds that a pod needs before it can start. */
const prerequisites = ['ConfigMap', 'Secret', 'ExternalSecret', 'ServiceAccount', 'NetworkPolicy'];

describe('migration Jobs', () => {
  it('run once for each service with a database, before install and upgrade, and never on a rollback', async () => {
    const jobs = jobsOf(await renderChart());
    expect(jobs.map(({ metadata }) => metadata.name)).toEqual(
      ['ai', 'auth', 'content', 'media'].map((service) => `lms-${service}-migrate`),
    );
    for (const job of jobs) {
      expect(annotation(job, 'hook')).toBe('pre-install,pre-upgrade');
      expect(annotation(job, 'hook-delete-policy')).toBe('before-hook-creation,hook-succeeded');
      expect(job.spec.template.spec.containers[0].args).toEqual(['migrate']);
      expect(job.spec).toMatchObject({
        backoffLimit: 4,
        activeDeadlineSeconds: 600,
        ttlSecondsAfterFinished: 86_400,
      });
      expect(job.spec.template.spec.restartPolicy).toBe('Never');
    }
  });

  it('run the image of their service', async () => {
    const manifests = await renderChart({ file: 'full-values.yaml' });
    for (const job of jobsOf(manifests)) {
      const deployment = job.metadata.name.replace('-migrate', '-api');
      expect(job.spec.template.spec.containers[0].image).toBe(
        find(manifests, 'Deployment', deployment).spec.template.spec.containers[0].image,
      );
    }
  });

  it.each(['minimal-values.yaml', 'full-values.yaml', 'external-secrets-values.yaml'])(
    'need no object that is created after them (%s)',
    async (file) => {
      const manifests = await renderChart({ file });
      const before = manifests.filter(
        (manifest) => isHook(manifest) && prerequisites.includes(manifest.kind),
      );
      for (const manifest of before.filter((hook) => annotation(hook, 'hook') !== 'test'))
        expect(Number(annotation(manifest, 'hook-weight'))).toBeLessThan(0);
      const there = (kind: string, name: string) =>
        before.some(
          (manifest) =>
            manifest.metadata.name === name &&
            (manifest.kind === kind || (kind === 'Secret' && manifest.kind === 'ExternalSecret')),
        );
      const foreign = ['lms-secrets', 'lms-auth', 'company-ca'].filter(
        (name) =>
          !manifests.some(({ kind, metadata }) => kind !== 'ServiceAccount' && metadata.name === name),
      );
      for (const job of jobsOf(manifests)) {
        const pod = job.spec.template.spec;
        expect(there('ServiceAccount', pod.serviceAccountName)).toBe(true);
        expect(there('ConfigMap', pod.containers[0].envFrom[0].configMapRef.name)).toBe(true);
        for (const { secret } of envOf(pod).values())
          if (secret && !foreign.includes(secret))
            withMessage(secret, () => expect(there('Secret', secret)).toBe(true));
      }
    },
  );

  it('have the configuration of their service', async () => {
    const manifests = await renderChart();
    expect(find(manifests, 'ConfigMap', 'lms-auth-migrate').data).toEqual(
      find(manifests, 'ConfigMap', 'lms-auth').data,
    );
  });

  it("read the existing Secret, the service's Secret, or one that the chart creates for them", async () => {
    const secretOf = (manifests: Manifest[], name: string) =>
      envOf(find(manifests, 'Job', name).spec.template.spec).get('DATABASE_URL')?.secret;
    expect(secretOf(await renderChart(), 'lms-auth-migrate')).toBe('lms-secrets');
    const full = await renderChart({ file: 'full-values.yaml' });
    expect(secretOf(full, 'school-auth-migrate')).toBe('lms-auth');
    expect(secretOf(full, 'school-media-migrate')).toBe('school-migrate');
    expect(find(full, 'Secret', 'school-migrate').stringData).toEqual(
      find(full, 'Secret', 'school-secrets').stringData,
    );
    const external = await renderChart({ file: 'external-secrets-values.yaml' });
    expect(secretOf(external, 'lms-auth-migrate')).toBe('lms-migrate');
    expect(annotation(find(external, 'ExternalSecret', 'lms-migrate'), 'hook')).toBe(
      'pre-install,pre-upgrade',
    );
  });

  it('can be left to a pipeline', async () => {
    const manifests = await renderChart({ values: { defaults: { migrate: { enabled: false } } } });
    expect(manifests.filter((manifest) => annotation(manifest, 'hook')?.includes('install'))).toEqual([]);
  });
});

it('has no other hooks that would run on a rollback or a removal', async () => {
  const hooks = (await renderChart({ file: 'full-values.yaml' })).filter(isHook);
  expect(new Set(hooks.map((hook) => annotation(hook, 'hook')))).toEqual(
    new Set(['pre-install,pre-upgrade', 'test']),
  );
});
