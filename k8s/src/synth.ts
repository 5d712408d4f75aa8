import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { App, Chart, Helm } from 'cdk8s';
import { chartDir, repo } from './chart/chart-files.ts';
import { createEnvironment } from './create-environment.ts';
import { type Environment, environments } from './environments/index.ts';
import { helmPath } from './kube/helm.ts';

/**
 * `npm run synth -w k8s [-- <environment>… --out <folder> --preview]`: writes k8s/dist/<environment>. With
 * `--preview` it also writes what helm would install from charts/lms to `.lms/k8s-preview`, for reading only.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string', default: join(repo, 'k8s/dist') },
    preview: { type: 'boolean', default: false },
  },
});

for (const name of positionals.length > 0 ? positionals : Object.keys(environments)) {
  const environment = Object.values(environments).find((each) => each.name === name);
  if (!environment) {
    process.stderr.write(
      `There is no environment ${name}. Environments: ${Object.keys(environments).join(', ')}.\n`,
    );
    process.exit(2);
  }
  const app = createEnvironment(environment, emptyFolder(join(values.out, name)));
  app.synth();
  process.stdout.write(`${app.outdir}\n`);
  if (values.preview) await synthPreview(environment);
}

async function synthPreview(environment: Environment): Promise<void> {
  const outdir = emptyFolder(join(repo, '.lms/k8s-preview', environment.name));
  const app = new App({ outdir });
  new Helm(new Chart(app, 'release'), 'lms', {
    chart: chartDir,
    releaseName: 'lms',
    namespace: environment.namespace,
    helmExecutable: await helmPath(),
    helmFlags: ['--values', join(chartDir, 'ci', environment.valuesFile)],
  });
  app.synth();
  process.stdout.write(`${outdir}\n`);
}

function emptyFolder(path: string): string {
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path, { recursive: true });
  return path;
}
