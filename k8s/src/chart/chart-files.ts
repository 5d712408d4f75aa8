import { join } from 'node:path';
import { readServiceVariables, serviceVariablesFile } from './service-variables.ts';

export const repo = join(import.meta.dirname, '../../..');
export const chartDir = join(repo, 'charts/lms');

/** Every file of the chart that is made from others, with its text. */
export async function chartFiles(): Promise<{ path: string; text: string }[]> {
  const { services } = await readServiceVariables();
  return [{ path: join(chartDir, 'files/services.yaml'), text: serviceVariablesFile(services) }];
}
