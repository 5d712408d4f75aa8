import { TestEnvironment } from 'jest-environment-node';

const hookTimeoutMs = 120_000;

/** Jest's environment for Node, with more time for hooks, which start servers and make databases, than for tests. */
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

/** Classes of the language whose instances Node's own modules hand out and code asks about with `instanceof`. */
const sharedClasses = [
  ...(['Error', 'AggregateError', 'RangeError', 'SyntaxError', 'TypeError'] as const),
  ...(['Object', 'Function', 'Array', 'Date', 'Map', 'Promise', 'RegExp', 'Set'] as const),
] as const;

/**
 * Jest runs every test file in a context with classes of its own, while `node:` modules stay outside: an abort
 * of `fetch` would be no `Error` to the code under test. This lets `instanceof` inside see both as one.
 */
function acceptInstancesOfNode(inside: unknown, outside: unknown): void {
  const ordinary = Function.prototype[Symbol.hasInstance];
  Object.defineProperty(inside, Symbol.hasInstance, {
    configurable: true,
    value(this: unknown, value: unknown) {
      // Classes that extend this one inherit this function, and are asked for themselves alone.
      return ordinary.call(this, value) || (this === inside && ordinary.call(outside, value));
    },
  });
}
