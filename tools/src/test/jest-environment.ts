import { TestEnvironment } from 'jest-environment-node';

const hookTimeoutMs = 120_000;

/** Jest's environment for Node with longer timeouts for hooks, which start servers and create databases. */
// biome-ignore lint/style/noDefaultExport: Jest looks for the default export.
export default class extends TestEnvironment {
  constructor(...args: ConstructorParameters<typeof TestEnvironment>) {
    super(...args);
    for (const name of sharedClasses) acceptInstancesOfNode(this.global[name], globalThis[name]);
  }

  handleTestEvent({ name, hook }: { name: string; hook?: { timeout?: number } }): void {
    if (name === 'hook_start' && hook) hook.timeout ??= hookTimeoutMs;
  }
}

/** Built-in classes whose instances Node's modules return and code tests with `instanceof`. */
const sharedClasses = [
  ...(['Error', 'AggregateError', 'RangeError', 'SyntaxError', 'TypeError'] as const),
  ...(['Object', 'Function', 'Array', 'Date', 'Map', 'Promise', 'RegExp', 'Set'] as const),
] as const;

/**
 * Jest runs every test file in a context with its own classes, while `node:` modules stay outside of it: the abort
 * error of `fetch` would not be an `Error` to the code under test. This makes `instanceof` accept both.
 */
function acceptInstancesOfNode(inside: unknown, outside: unknown): void {
  const ordinary = Function.prototype[Symbol.hasInstance];
  Object.defineProperty(inside, Symbol.hasInstance, {
    configurable: true,
    value(this: unknown, value: unknown) {
      // Subclasses inherit this function, and only test for themselves.
      return ordinary.call(this, value) || (this === inside && ordinary.call(outside, value));
    },
  });
}
