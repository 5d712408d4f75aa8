/** SQLSTATE classes and codes that mean "not now": no connection, shutting down, too many clients. */
const unavailableStates = /^(08...|57P0[1-5]|53300|53400|25P03)$/;
/** A statement or lock that ran out of its time: the database is overloaded, not the request wrong. */
const timeoutStates = /^(57014|55P03)$/;
const unavailablePrismaCodes = new Set([
  'P1000',
  'P1001',
  'P1002',
  'P1003',
  'P1008',
  'P1011',
  'P1017',
  'P2024',
  'P2028',
  'P2037',
]);
const unavailableSystemCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
const unavailableTexts =
  /timeout exceeded when trying to connect|Connection terminated|Query read timeout|Client has encountered a connection error|not queryable|Cannot use a pool after calling end/i;

/**
 * True for errors that mean the database cannot be reached or is overloaded, wherever in the chain of
 * causes they hide: the answer is 503 and the work may be tried again.
 */
export function databaseUnavailable(error: unknown): boolean {
  return someInChain(error, ({ code, message }) => {
    if (unavailablePrismaCodes.has(code) || unavailableSystemCodes.has(code)) return true;
    if (unavailableStates.test(code) || timeoutStates.test(code)) return true;
    return unavailableTexts.test(message);
  });
}

/** True when two transactions got in each other's way (40001, 40P01): run it again. */
export function isSerializationFailure(error: unknown): boolean {
  return someInChain(error, ({ code }) => code === 'P2034' || code === '40001' || code === '40P01');
}

/** True for a unique violation; with `constraint`, only of the index or column of that name. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  return someInChain(error, ({ code, all }) => {
    if (code !== 'P2002' && code !== '23505') return false;
    return constraint === undefined || all().includes(constraint);
  });
}

interface Link {
  code: string;
  message: string;
  /** Everything the link says of itself, for a search by name. */
  all: () => string;
}

/** Prisma nests the driver's error under `meta.driverAdapterError` and `cause`, differently by kind. */
function someInChain(error: unknown, test: (link: Link) => boolean, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > 6) return false;
  const facts = error as Record<string, unknown>;
  const code =
    [facts.code, facts.originalCode].find((value): value is string => typeof value === 'string') ?? '';
  const message = typeof facts.message === 'string' ? facts.message : '';
  if (test({ code, message, all: () => `${message} ${safeJson(facts.meta)} ${safeJson(facts.constraint)}` }))
    return true;
  const meta = facts.meta as Record<string, unknown> | undefined;
  const nested = [
    facts.cause,
    meta?.driverAdapterError,
    ...(Array.isArray(facts.errors) ? facts.errors : []),
  ];
  return nested.some((inner) => someInChain(inner, test, depth + 1));
}

function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    return '';
  }
}
