import { AppError } from '@lms/errors';
import type { WritingFeedback } from '../feedback/feedback.ts';

export interface WritingRequest {
  /** The learner's own words. */
  text: string;
  /** BCP 47 tag of the language being learned. */
  languageTag: string;
  /** What the learner was asked to write. */
  prompt?: string | undefined;
  /** CEFR level of the learner, A1 to C2. */
  level?: string | undefined;
  /** A model answer. */
  expected?: string | undefined;
  /** Aborts the work and all calls to other systems. */
  signal: AbortSignal;
  onCall: OnProviderCall;
}

export interface TranscriptionRequest {
  audio: Uint8Array;
  contentType: string;
  languageTag: string;
  /** The expected text. A provider must not use it as a hint: a transcript shows what was actually said. */
  expectedText?: string | undefined;
  signal: AbortSignal;
  onCall: OnProviderCall;
}

export interface TranscribedWord {
  word: string;
  startMs: number;
  endMs: number;
}

export interface Transcription {
  provider: string;
  model: string;
  transcript: string;
  /** Absent if the model returns no times. */
  words?: TranscribedWord[];
  /** Length of the recording; null if the model does not return it. */
  durationMs: number | null;
}

/** One call to a provider, reported as soon as it ends: its cost, never its content. */
export interface ProviderCall {
  operation: 'writing_feedback' | 'transcription';
  provider: string;
  model: string;
  inputTokens: number;
  outputTokens: number;
  durationMs: number;
  outcome: 'ok' | 'failed';
}
export type OnProviderCall = (call: ProviderCall) => void;

/**
 * Grades texts and transcribes speech. Both calls throw AppError `ai_provider_failed` (see `providerFailure`), or
 * `AI_PROVIDER_REQUIRED` if this provider cannot do it; they also throw when `signal` is aborted.
 */
export interface AiProvider {
  readonly name: 'local' | 'openai';
  /** If false, `transcribe` always throws AI_PROVIDER_REQUIRED, so callers can fail at once. */
  readonly canTranscribe: boolean;
  writingFeedback(request: WritingRequest): Promise<WritingFeedback>;
  transcribe(request: TranscriptionRequest): Promise<Transcription>;
  close(): Promise<void>;
}

/** Why a provider failed. Only the retryable causes are transient. */
export const failureReasons = {
  /** The key or the model is refused; only the operator can fix this. */
  misconfigured: { retryable: false },
  /** The provider does not accept this input. */
  rejected_input: { retryable: false },
  /** The model declined to answer. */
  refused: { retryable: false },
  rate_limited: { retryable: true },
  /** The provider is down, broken or too slow. */
  unavailable: { retryable: true },
  /** The response did not match the schema, even after a second request. */
  invalid_answer: { retryable: true },
  aborted: { retryable: true },
} as const;
export type FailureReason = keyof typeof failureReasons;

/**
 * The error of a failed provider call. It carries no text of the provider or the learner: providers quote
 * the input, and sometimes parts of the key, in their messages.
 */
export function providerFailure(
  reason: FailureReason,
  facts: {
    status?: number | undefined;
    providerCode?: string | undefined;
    providerRequestId?: string | undefined;
  } = {},
  retryAfterSeconds?: number,
): AppError {
  return new AppError(
    'ai_provider_failed',
    'The AI provider could not complete this request. Try again later.',
    {
      details: { reason, ...facts },
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    },
  );
}

/** True if another try may succeed. Errors that do not come from a provider (database, storage) count as transient. */
export function isWorthRetrying(error: unknown): boolean {
  if (!(error instanceof AppError)) return true;
  if (error.code === 'ai_provider_failed') {
    const reason = error.details?.reason as FailureReason | undefined;
    return reason === undefined || failureReasons[reason].retryable;
  }
  return error.code === 'dependency_unavailable' || error.code === 'media_missing';
}

/** The error for an operation that only a model can perform. */
export function providerRequired(what: string): AppError {
  return new AppError(
    'AI_PROVIDER_REQUIRED',
    `${what} needs an AI provider, but none is configured (set OPENAI_API_KEY, and OPENAI_BASE_URL for a compatible server).`,
  );
}
