import { AppError } from '@lms/errors';
import OpenAI from 'openai';
import { type FailureReason, providerFailure } from '../ai-provider.ts';

/**
 * Maps an error of the SDK to our error. Keeps its status and code, but no messages, because providers quote the
 * input and parts of the key in them.
 */
export function mapOpenAiError(error: unknown, signal: AbortSignal): AppError {
  if (error instanceof AppError) return error;
  if (signal.aborted) return providerFailure('aborted');
  if (error instanceof OpenAI.APIConnectionTimeoutError || error instanceof OpenAI.APIUserAbortError) {
    return providerFailure('unavailable', { providerCode: 'timeout' });
  }
  if (error instanceof OpenAI.APIConnectionError) {
    return providerFailure('unavailable', { providerCode: systemCodeOf(error) ?? 'connection' });
  }
  if (error instanceof OpenAI.APIError) {
    const facts = {
      status: error.status,
      providerCode: safeCode(error.code),
      providerRequestId: safeCode(error.requestID),
    };
    return providerFailure(reasonOf(error.status, error.code), facts, retryAfterOf(error.headers));
  }
  // The body ended early or is not JSON, so the connection was cut.
  return providerFailure('unavailable', { providerCode: error instanceof Error ? error.name : 'unknown' });
}

function reasonOf(status: number | undefined, code: string | null | undefined): FailureReason {
  if (status === 401 || status === 403 || status === 404) return 'misconfigured';
  // The account has no credit left: waiting does not help, and an operator must act.
  if (status === 429) return code === 'insufficient_quota' ? 'misconfigured' : 'rate_limited';
  if (status === 400 || status === 413 || status === 415 || status === 422) return 'rejected_input';
  return 'unavailable';
}

function retryAfterOf(headers: unknown): number | undefined {
  const seconds = headers instanceof Headers ? Number(headers.get('retry-after') ?? Number.NaN) : Number.NaN;
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(Math.ceil(seconds), 3_600) : undefined;
}

function systemCodeOf(error: Error): string | undefined {
  for (
    let cause: unknown = error.cause, depth = 0;
    cause instanceof Error && depth < 5;
    cause = cause.cause, depth += 1
  ) {
    if ('code' in cause && typeof cause.code === 'string') return safeCode(cause.code);
  }
  return undefined;
}

/** A code is a word of letters, digits and underscores; anything else might be a text. */
function safeCode(code: string | null | undefined): string | undefined {
  return code && /^[\w.-]{1,80}$/.test(code) ? code : undefined;
}
