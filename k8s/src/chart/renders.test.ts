import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { runHelm } from '../kube/helm.ts';
import { lintManifests } from '../testing/lint-manifests.ts';
import { parseManifests, renderChart, renderText } from '../testing/render-chart.ts';
import { schemaProblems } from '../testing/schema-problems.ts';
import { chartDir } from './chart-files.ts';

const files = readdirSync(join(chartDir, 'ci')).filter((name) => name.endsWith('-values.yaml'));

/** Objects that the values files expect to exist. */
const given = ['Secret/lms-secrets', 'Secret/lms-auth', 'ConfigMap/company-ca'];

it('has a values file for each kind of installation', () => {
  expect(files).toEqual([
    'external-secrets-values.yaml',
    'full-values.yaml',
    'gateway-values.yaml',
    'keda-values.yaml',
    'local-values.yaml',
    'minimal-values.yaml',
    'production-values.yaml',
    'staging-values.yaml',
  ]);
});

describe.each(files)('with ci/%s', (file) => {
  it('passes helm lint --strict', async () => {
    expect(await runHelm(['lint', '--strict', chartDir, '--values', join(chartDir, 'ci', file)])).toContain(
      '1 chart(s) linted, 0 chart(s) failed',
    );
  });

  it('renders objects whose every field is in their schema', async () => {
    const manifests = await renderChart({ file });
    expect(manifests.length).toBeGreaterThan(50);
    expect(manifests.flatMap(schemaProblems)).toEqual([]);
  });

  it('renders objects that pass every rule of the linter', async () => {
    expect(lintManifests(await renderChart({ file }), given)).toEqual([]);
  });

  it('renders the same with Helm 3', async () => {
    const [three, four] = [
      await renderText({ file, helm: 'helm3' }),
      await renderText({ file, helm: 'helm4' }),
    ];
    expect(parseManifests(three)).toEqual(parseManifests(four));
  });
});

it('creates no conflicting objects for two releases in one namespace', async () => {
  const names = async (release: string) =>
    (await renderChart({ release, file: 'staging-values.yaml' })).map(
      ({ kind, metadata }) => `${kind}/${metadata.name}`,
    );
  const [first, second] = [await names('lms'), await names('blue')];
  expect(first.filter((name) => second.includes(name))).toEqual([]);
});
