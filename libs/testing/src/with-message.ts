import { isNativeError } from 'node:util/types';

/**
 * Runs assertions; the message of one that fails begins with `message`. For assertions in loops, and for
 * failures that need an explanation. Returns what `assertions` returns, a promise if they are asynchronous.
 */
export function withMessage<T>(message: string, assertions: () => T): T {
  try {
    const result = assertions();
    if (!isThenable(result)) return result;
    return Promise.resolve(result).catch((error: unknown) => {
      throw addToMessage(message, error);
    }) as T;
  } catch (error) {
    throw addToMessage(message, error);
  }
}

/** Prepends `message` to an error's own; the stack, with the line of the test, is kept. */
export function addToMessage(message: string, error: unknown): unknown {
  if (!isNativeError(error)) return new Error(`${message}: ${String(error)}`, { cause: error });
  const { stack } = error;
  const before = error.message;
  error.message = `${message}\n${before}`;
  // V8 writes the message into the stack when the error is made; test runners print the stack.
  if (stack) error.stack = stack.replace(before, () => error.message);
  return error;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === 'function';
}
