import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseObjects, readRenderings } from './rendered.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'lms-rendered-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const configMap = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`;

describe('the objects that are sent to the API server', () => {
  it('includes every values file of the chart and every environment', async () => {
    expect(await readRenderings(root)).toEqual([]);
    const chart = join(root, 'charts/lms');
    mkdirSync(join(chart, 'templates'), { recursive: true });
    mkdirSync(join(chart, 'ci'));
    writeFileSync(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: lms\nversion: 0.1.0\n');
    writeFileSync(join(chart, 'templates/a.yaml'), configMap('{{ .Values.name }}'));
    writeFileSync(join(chart, 'ci/one-values.yaml'), 'name: one\n');
    writeFileSync(join(chart, 'ci/two-values.yaml'), 'name: two\n');
    writeFileSync(join(chart, 'ci/notes.md'), 'not values');
    mkdirSync(join(root, 'k8s/dist/staging/deep'), { recursive: true });
    writeFileSync(join(root, 'k8s/dist/staging/a.yaml'), `${configMap('a')}---\n${configMap('b')}`);
    writeFileSync(join(root, 'k8s/dist/staging/deep/c.yml'), configMap('c'));

    const renderings = await readRenderings(root);
    expect(
      renderings.map(({ name, objects }) => [name, objects.map(({ metadata }) => metadata.name)]),
    ).toEqual([
      ['charts/lms ci/one-values.yaml', ['one']],
      ['charts/lms ci/two-values.yaml', ['two']],
      ['k8s/dist/staging', ['a', 'b', 'c']],
    ]);
  });

  it('splits lists, skips empty documents and refuses invalid YAML', () => {
    const list = `apiVersion: v1\nkind: List\nitems:\n- ${configMap('x').trim().replaceAll('\n', '\n  ')}\n`;
    expect(parseObjects(`---\n# nothing\n---\n${list}`)).toMatchObject([{ kind: 'ConfigMap' }]);
    expect(() => parseObjects('a: [1')).toThrow('not YAML');
  });
});
