import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { withMessage } from '@lms/testing';
import { parse } from 'yaml';
import { renderText } from '../testing/render-chart.ts';
import { chartDir, chartFiles, repo } from './chart-files.ts';
import { readServiceVariables } from './service-variables.ts';
import { documentedValues } from './values-docs.ts';

describe('generated files of the chart', () => {
  it('are up to date (`npm run chart -w k8s` writes them)', async () => {
    for (const { path, text } of await chartFiles()) {
      withMessage(`${path.slice(repo.length + 1)} is out of date`, () =>
        expect(readFileSync(path, 'utf8') === text).toBe(true),
      );
    }
  });

  it('list the same services as values.yaml', async () => {
    const { services } = await readServiceVariables();
    const values = parse(readFileSync(join(chartDir, 'values.yaml'), 'utf8')) as { services: object };
    expect(Object.keys(values.services).sort()).toEqual(Object.keys(services).sort());
  });

  it('separate secrets from public variables, and omit variables that the chart computes', async () => {
    const { services, variables } = await readServiceVariables();
    expect(variables.get('DATABASE_URL')).toMatchObject({ secret: true, required: true });
    expect(variables.get('KAFKA_BROKERS')).toMatchObject({ secret: false, required: true });
    expect(variables.get('LOG_LEVEL')).toMatchObject({ secret: false, required: false });
    expect([...variables.keys()]).not.toContain('PORT');
    expect(services.auth?.secrets.required).toContain('JWT_ACCESS_SECRET');
    expect(services.content?.secrets.required).not.toContain('JWT_ACCESS_SECRET');
    expect(services.status?.needs).toEqual(['redis', 'targets']);
  });
});

describe('documentedValues', () => {
  it('lists a commented key as one value, and the keys of an uncommented section one by one', () => {
    const text = '# -- One\na: 1\nb:\n  # -- Two\n  c: { d: 2 }\n  # other words\n  # -- Three\n  e: []\n';
    expect(documentedValues(text)).toEqual([
      { path: 'a', description: 'One', defaultValue: 1 },
      { path: 'b.c', description: 'Two', defaultValue: { d: 2 } },
      { path: 'b.e', description: 'Three', defaultValue: [] },
    ]);
  });

  it('throws for a key that has no comment', () => {
    expect(() => documentedValues('# -- One\na: 1\nb: 2\n')).toThrow(
      'b has no comment that begins with "-- "',
    );
  });
});

describe('the README', () => {
  const readme = readFileSync(join(chartDir, 'README.md'), 'utf8');

  it('has an example of required values that renders without others', async () => {
    const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(readme) ?? [];
    const values = parse(example) as Record<string, unknown>;
    expect(Object.keys(values)).toEqual(['image', 'secrets', 'ingress', 'config']);
    expect(await renderText({ file: null, values })).toContain('kind: Deployment');
    const minimal = parse(readFileSync(join(chartDir, 'ci/minimal-values.yaml'), 'utf8'));
    expect(values).toEqual(minimal);
  });

  it('has a command that creates the Secret with every required key', async () => {
    const { variables } = await readServiceVariables();
    const required = [...variables].filter(([, { secret, required }]) => secret && required);
    const shown = [...readme.matchAll(/--from-literal=([A-Z0-9_]+)=/g)].map(([, name]) => name);
    expect(shown.sort()).toEqual(required.map(([name]) => name).sort());
  });
});
