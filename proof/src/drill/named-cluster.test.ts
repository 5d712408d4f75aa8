import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createProgress } from '@lms/tools/stack/progress';
import { imageLoaderOf, takeNamedCluster } from './named-cluster.ts';

describe('loading images into an existing cluster', () => {
  it.each([
    ['kind-lms', ['kind', 'load', 'image-archive', '--name', 'lms', 'a.tar']],
    ['kind-a-b', ['kind', 'load', 'image-archive', '--name', 'a-b', 'a.tar']],
    ['k3d-dev', ['k3d', 'image', 'import', '--cluster', 'dev', 'a.tar']],
    ['minikube', ['minikube', 'image', 'load', 'a.tar']],
  ])('%s uses the command of its tool', (context, command) => {
    expect(imageLoaderOf(context)('a.tar')).toEqual(command);
  });

  it('another cluster requires a command', () => {
    expect(() => imageLoaderOf('production')).toThrow(/--load '<command>'/);
  });

  it('a custom command gets the path as a single argument, whatever characters it contains', () => {
    const [program, ...args] = imageLoaderOf('production', 'printf "%s|" --to node')('/tmp/a b/$x.tar');
    expect(execFileSync(program, args).toString()).toBe('--to|node|/tmp/a b/$x.tar|');
  });
});

describe('a cluster that is not suitable for the drill', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lms-drill-'));
  const before = { ...process.env };
  /** Responds like kubectl for a cluster that is in use. */
  beforeAll(() => {
    const kubectl = join(folder, 'kubectl');
    writeFileSync(
      kubectl,
      `#!/bin/sh
case "$*" in
  *"config view"*mine) echo 'apiVersion: v1' ;;
  *"config view"*) echo 'error: no such context' >&2; exit 1 ;;
  version*) echo '{"serverVersion":{"gitVersion":"v1.37.2"}}' ;;
  "get namespaces"*) echo "default kube-system lms" ;;
  *) echo "touched the cluster: $*" >&2; exit 1 ;;
esac
`,
    );
    chmodSync(kubectl, 0o755);
    process.env.LMS_KUBECTL = kubectl;
  });
  afterAll(() => {
    process.env = before;
    rmSync(folder, { recursive: true });
  });
  const take = (context: string) =>
    takeNamedCluster({ home: join(folder, 'home'), context, load: 'true' }, createProgress());

  it('is not changed when the product is installed already', async () => {
    await expect(take('mine')).rejects.toThrow('has the namespace lms already');
    expect(existsSync(join(folder, 'home/drill-kubeconfig'))).toBe(false);
  });

  it('is not contacted for a context that does not exist', async () => {
    await expect(take('other')).rejects.toThrow('KUBECONFIG has no usable context other');
  });
});
