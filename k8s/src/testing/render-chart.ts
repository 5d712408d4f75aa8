import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments, stringify } from 'yaml';
import { chartDir } from '../chart/chart-files.ts';
import { helm3Path, helmPath } from '../kube/helm.ts';
import type { Manifest } from './manifests.ts';

const run = promisify(execFile);

export type Values = Record<string, unknown>;

export interface RenderOptions {
  /** Name of a file in charts/lms/ci; defaults to `minimal-values.yaml`, null for none. */
  file?: string | null;
  /** Values that override the file. */
  values?: Values;
  release?: string;
  namespace?: string;
  helm?: 'helm3' | 'helm4';
}

/** Renders charts/lms and returns its objects, including hooks and tests. @throws Error with helm's message. */
export async function renderChart(options: RenderOptions = {}): Promise<Manifest[]> {
  return parseManifests(await renderText(options));
}

const rendered = new Map<string, Promise<string>>();

/** Output of `helm template`, cached per test file. */
export function renderText(options: RenderOptions = {}): Promise<string> {
  const key = JSON.stringify(options);
  const text = rendered.get(key) ?? runTemplate(options);
  rendered.set(key, text);
  return text;
}

async function runTemplate(options: RenderOptions): Promise<string> {
  const helm = options.helm === 'helm3' ? await helm3Path() : await helmPath();
  const folder = mkdtempSync(join(tmpdir(), 'lms-chart-'));
  try {
    const args = ['template', options.release ?? 'lms', chartDir, '--namespace', options.namespace ?? 'lms'];
    const { file = 'minimal-values.yaml' } = options;
    if (file) args.push('--values', join(chartDir, 'ci', file));
    if (options.values) {
      writeFileSync(join(folder, 'values.yaml'), stringify(options.values));
      args.push('--values', join(folder, 'values.yaml'));
    }
    const { stdout } = await run(helm, args, { maxBuffer: 64_000_000, timeout: 60_000 });
    return stdout;
  } catch (error) {
    throw new Error((error as { stderr?: string }).stderr ?? String(error));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Objects of a stream of YAML documents. @throws Error if a document is not YAML or has a duplicate key. */
export function parseManifests(yaml: string): Manifest[] {
  return parseAllDocuments(yaml).flatMap((document) => {
    if (document.errors[0]) throw document.errors[0];
    const manifest = document.toJSON() as Manifest | null;
    return manifest ? [manifest] : [];
  });
}
