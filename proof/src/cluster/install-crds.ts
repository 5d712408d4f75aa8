import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runKubectl } from '@lms/k8s/kube/helm';
import { findProgram } from '@lms/tools/stack/downloads';

const run = promisify(execFile);

interface CrdSource {
  /** Go module with its version; the release of the module contains the definitions. */
  module: string;
  folder: string;
  /** Pattern of the file names, if the folder contains other files too. */
  only?: string;
}

/**
 * Installs the definitions of the operators whose objects the chart and the environments use, as their projects
 * release them (proof/cluster/crds.json), so that the API server checks those objects too.
 * @returns The modules that are not available, with the reason; their objects cannot be checked.
 */
export async function installCrds(kubeconfig: string): Promise<{ installed: string[]; missing: string[] }> {
  const file = join(import.meta.dirname, '../../cluster/crds.json');
  const installed: string[] = [];
  const missing: string[] = [];
  for (const { module, folder, only } of JSON.parse(readFileSync(file, 'utf8')) as CrdSource[]) {
    try {
      const crds = join(await moduleFolder(module), folder);
      const args = readdirSync(crds)
        .filter((name) => /\.ya?ml$/.test(name) && (!only || new RegExp(only).test(name)))
        .flatMap((name) => ['-f', join(crds, name)]);
      await runKubectl(['apply', '--server-side', '--force-conflicts', ...args], {
        env: { ...process.env, KUBECONFIG: kubeconfig },
        timeoutMs: 120_000,
      });
      installed.push(module);
    } catch (error) {
      missing.push(`${module}: ${(error as Error).message.trim().split('\n')[0]}`);
    }
  }
  return { installed, missing };
}

/** Folder of a module in Go's cache, checked against the checksum database when it is fetched. */
async function moduleFolder(module: string): Promise<string> {
  const go = findProgram('go');
  if (!go) throw new Error('Go is not installed');
  // With -json the reason of a failure is on stdout too.
  const { stdout } = await run(go, ['mod', 'download', '-json', module], { timeout: 180_000 }).catch(
    (failure: { stdout?: string; message: string }) => ({
      stdout: failure.stdout || JSON.stringify({ Error: failure.message }),
    }),
  );
  const { Dir, Error: reason } = JSON.parse(stdout) as { Dir?: string; Error?: string };
  if (!Dir) throw new Error(reason);
  return Dir;
}
