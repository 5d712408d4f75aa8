/** One entry per reason for which the API refuses a request. HTTP status codes are defined in `@lms/http`. */
export type ErrorCode =
  | 'validation_failed'
  | 'malformed_body'
  | 'body_too_large'
  | 'unsupported_media_type'
  | 'unauthenticated'
  | 'token_expired'
  | 'session_revoked'
  | 'refresh_token_invalid'
  | 'refresh_token_reused'
  | 'invalid_credentials'
  | 'account_suspended'
  | 'forbidden'
  | 'not_found'
  | 'route_not_found'
  | 'method_not_allowed'
  | 'conflict'
  | 'email_taken'
  | 'idempotency_key_reused'
  | 'request_in_progress'
  | 'invalid_cursor'
  | 'invalid_course'
  | 'course_not_publishable'
  | 'media_missing'
  | 'upload_expired'
  | 'upload_mismatch'
  | 'quota_exceeded'
  | 'budget_exceeded'
  | 'verification_token_invalid'
  | 'rate_limited'
  | 'request_timeout'
  | 'AI_PROVIDER_REQUIRED'
  | 'ai_provider_failed'
  | 'dependency_unavailable'
  | 'overloaded'
  | 'shutting_down'
  | 'internal_error';

/** One invalid part of the input: `path` in dotted form (`body.email`), `message` safe to show to the caller. */
export interface FieldError {
  path: string;
  message: string;
}

export interface AppErrorOptions {
  /** The internal cause; logged, never sent. */
  cause?: unknown;
  /** The invalid fields; sent to the caller. */
  errors?: FieldError[];
  /** Facts for the log only. They must not contain secrets or personal data. */
  details?: Record<string, unknown>;
  /** Seconds after which the caller may try again; sent as `Retry-After`. */
  retryAfterSeconds?: number;
}

/**
 * An error with a stable code and a message that may be shown to the caller. For any other error the response is
 * `internal_error`, and its text is only logged.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly errors: FieldError[] | undefined;
  readonly details: Record<string, unknown> | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, publicMessage: string, options: AppErrorOptions = {}) {
    super(publicMessage, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.errors = options.errors;
    this.details = options.details;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** The error for objects that do not exist and for those that the caller may not see: both must look the same. */
export function notFound(what: string): AppError {
  return new AppError('not_found', `${what} was not found.`);
}

/** Turns the issues of a zod error into field errors, each path prefixed with `prefix` (`body`, `query`…). */
export function fieldErrors(
  issues: readonly { path: readonly PropertyKey[]; message: string }[],
  prefix?: string,
): FieldError[] {
  return issues.map((issue) => ({
    path: [...(prefix ? [prefix] : []), ...issue.path.map(String)].join('.') || '(root)',
    message: issue.message,
  }));
}
