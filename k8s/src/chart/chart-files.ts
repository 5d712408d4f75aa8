import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readmeWith } from './readme.ts';
import { readServiceVariables, serviceVariablesFile } from './service-variables.ts';
import { documentedValues } from './values-docs.ts';
import { valuesSchema } from './values-schema.ts';

export const repo = join(import.meta.dirname, '../../..');
export const chartDir = join(repo, 'charts/lms');

/** Every generated file of the chart, with its text. */
export async function chartFiles(): Promise<{ path: string; text: string }[]> {
  const { services, variables } = await readServiceVariables();
  const values = documentedValues(readFileSync(join(chartDir, 'values.yaml'), 'utf8'));
  const schema = valuesSchema({ values, services: Object.keys(services), variables });
  const readme = readFileSync(join(chartDir, 'README.md'), 'utf8');
  return [
    { path: 'files/services.yaml', text: serviceVariablesFile(services) },
    { path: 'values.schema.json', text: `${JSON.stringify(schema, null, 2)}\n` },
    { path: 'README.md', text: readmeWith(readme, { values, variables }) },
    ...dashboards(),
  ].map(({ path, text }) => ({ path: join(chartDir, path), text }));
}

/** Helm cannot read files outside the chart, so the chart contains copies of Docker Compose's dashboards. */
function dashboards(): { path: string; text: string }[] {
  const folder = join(repo, 'docker/grafana/dashboards');
  return readdirSync(folder)
    .sort()
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({ path: `dashboards/${name}`, text: readFileSync(join(folder, name), 'utf8') }));
}
