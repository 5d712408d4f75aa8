export {
  type AccessTokenVerifier,
  accessTokenAudience,
  accessTokenIssuer,
  type Caller,
  createAccessTokenVerifier,
  type KeySource,
  type Role,
  roles,
} from './access-token.ts';
export { createHttpApp, defaultRateLimit, type HttpAppOptions } from './create-http-app.ts';
export { openApiDocument } from './openapi-document.ts';
export type { OverloadOptions } from './overload-guard.ts';
export { decodeCursor, encodeCursor, pageOf, pageQuery, toPage } from './pagination.ts';
export { type PreparedBody, prepareBody } from './prepared-body.ts';
export { type Problem, problemOf, statusOf, toAppError } from './problem.ts';
export { createRateLimiter, type RateLimit, type RateLimiter } from './rate-limit.ts';
export {
  apiBasePath,
  type BytesAnswer,
  type BytesBody,
  defineRoute,
  Reply,
  type RequestFacts,
  type Route,
  type RouteAuth,
  type RouteInput,
} from './route.ts';
export type { StreamEvent } from './send-event-stream.ts';
export { warmUpHttp } from './warm-up-http.ts';
