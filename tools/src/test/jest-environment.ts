import { TestEnvironment } from 'jest-environment-node';

const hookTimeoutMs = 120_000;

/** Jest's environment for Node, with more time for hooks, which start servers and make databases, than for tests. */
// biome-ignore lint/style/noDefaultExport: Jest looks for the default export.
export default class extends TestEnvironment {
  handleTestEvent({ name, hook }: { name: string; hook?: { timeout?: number } }): void {
    if (name === 'hook_start' && hook) hook.timeout ??= hookTimeoutMs;
  }
}
