import { AppError, type ErrorCode, type FieldError } from '@lms/errors';

/** Maps each error code to an HTTP status. TypeScript refuses a code without an entry. */
export const statusOf: Record<ErrorCode, number> = {
  validation_failed: 400,
  malformed_body: 400,
  invalid_cursor: 400,
  invalid_course: 422,
  body_too_large: 413,
  unsupported_media_type: 415,
  unauthenticated: 401,
  token_expired: 401,
  session_revoked: 401,
  refresh_token_invalid: 401,
  refresh_token_reused: 401,
  invalid_credentials: 401,
  account_suspended: 403,
  forbidden: 403,
  not_found: 404,
  route_not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  email_taken: 409,
  course_not_publishable: 409,
  media_missing: 409,
  request_in_progress: 409,
  upload_expired: 409,
  upload_mismatch: 422,
  idempotency_key_reused: 422,
  verification_token_invalid: 422,
  quota_exceeded: 403,
  budget_exceeded: 429,
  rate_limited: 429,
  request_timeout: 503,
  AI_PROVIDER_REQUIRED: 503,
  ai_provider_failed: 502,
  dependency_unavailable: 503,
  overloaded: 503,
  shutting_down: 503,
  internal_error: 500,
};

/** RFC 9457 body with this API's members: a stable `code`, the `requestId`, and `errors` for invalid input. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ErrorCode;
  requestId: string;
  errors?: FieldError[];
}

/** Renders an error for the caller. The message of an AppError is public; its cause and details are not. */
export function problemOf(error: AppError, requestId: string): Problem {
  return {
    type: `urn:lms:problem:${error.code.toLowerCase()}`,
    title: titleOf(error.code),
    status: statusOf[error.code],
    detail: error.message,
    code: error.code,
    requestId,
    ...(error.errors ? { errors: error.errors } : {}),
  };
}

/**
 * Turns anything thrown into an AppError. Only our own errors keep their text. Of other errors, only those of the
 * body parsers are recognised, by type; a `status` field is never trusted.
 */
export function toAppError(error: unknown, isUnavailable: (error: unknown) => boolean): AppError {
  if (error instanceof AppError) return error;
  switch (bodyParserFault(error)) {
    case 'entity.too.large':
      return new AppError('body_too_large', 'The request body is too large.', { cause: error });
    case 'encoding.unsupported':
    case 'charset.unsupported':
      return new AppError('unsupported_media_type', 'The encoding of the body is not supported.', {
        cause: error,
      });
    case 'entity.parse.failed':
    case 'request.aborted':
    case 'request.size.invalid':
      return new AppError('malformed_body', 'The request body could not be read as JSON.', { cause: error });
    default:
  }
  if (error instanceof URIError) {
    return new AppError('validation_failed', 'The path is not valid.', { cause: error });
  }
  if (isUnavailable(error)) {
    return new AppError(
      'dependency_unavailable',
      'The service cannot reach its data right now. Try again shortly.',
      {
        cause: error,
        retryAfterSeconds: 2,
      },
    );
  }
  return new AppError('internal_error', 'Something went wrong on our side.', { cause: error });
}

function bodyParserFault(error: unknown): string | undefined {
  return error instanceof Error && 'type' in error && typeof error.type === 'string' ? error.type : undefined;
}

function titleOf(code: ErrorCode): string {
  const words = code.toLowerCase().replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
