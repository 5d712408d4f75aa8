import { stalePlanMessage } from './database-client.ts';

/** SQLSTATEs that mean "not now": no connection, out of resources, shutting down, read-only after a failover. */
const unavailableStates = /^(08...|53...|57P0[1-5]|25P03|25006|28...)$/;
/** A statement or lock that timed out: the database is overloaded, and the request is not to blame. */
const timeoutStates = /^(57014|55P03)$/;
const unavailablePrismaCodes = new Set([
  'P1000',
  'P1001',
  'P1002',
  'P1003',
  'P1008',
  'P1010',
  'P1011',
  'P1017',
  'P2024',
  'P2028',
  'P2037',
]);
/** Raw queries report a lost connection as P2010 and keep only the kind of the cause (adapter-pg 7.10). */
const unavailableKinds = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TooManyConnections',
  'TlsConnectionError',
  'AuthenticationFailed',
  'DatabaseAccessDenied',
  'DatabaseDoesNotExist',
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
 * True for errors that mean the database cannot be reached or is overloaded, or that a migration has changed what a
 * prepared statement returns, anywhere in the chain of causes: the response is 503, and the work may be retried.
 */
export function databaseUnavailable(error: unknown): boolean {
  return someInChain(error, ({ code, kind, message }) => {
    if (unavailablePrismaCodes.has(code) || unavailableSystemCodes.has(code)) return true;
    if (unavailableStates.test(code) || timeoutStates.test(code)) return true;
    if (message.includes(stalePlanMessage)) return true;
    return unavailableKinds.has(kind) || unavailableTexts.test(message);
  });
}

/**
 * True if two transactions conflicted (40001, 40P01), or if a migration has changed what a prepared statement returns:
 * run it again.
 */
export function isSerializationFailure(error: unknown): boolean {
  return someInChain(
    error,
    ({ code, kind, message }) =>
      code === 'P2034' ||
      code === '40001' ||
      code === '40P01' ||
      kind === 'TransactionWriteConflict' ||
      message.includes(stalePlanMessage),
  );
}

/**
 * True for a unique violation, of model queries, raw queries and plain pg; with `constraint`, only of
 * that index (`users_email_key`) or that column or columns (`email`, `['course_id', 'position']`, database
 * names in the order of the index).
 */
export function isUniqueViolation(error: unknown, constraint?: string | readonly string[]): boolean {
  return someInChain(error, ({ code, violated }) => {
    if (code !== 'P2002' && code !== '23505') return false;
    if (constraint === undefined) return true;
    if (!violated) return false;
    const columns = typeof constraint === 'string' ? [constraint] : constraint;
    if (violated.fields) return violated.fields.join() === columns.join();
    return violated.index === constraint || violated.index === `${violated.table}_${columns.join('_')}_key`;
  });
}

/** PostgreSQL's SQLSTATE (such as `55P03`), from anywhere in the chain of causes. */
export function sqlStateOf(error: unknown): string | undefined {
  let state: string | undefined;
  someInChain(error, ({ code }) => {
    if (/^(?=.*\d)[0-9A-Z]{5}$/.test(code) && !code.startsWith('P')) state = code;
    return state !== undefined;
  });
  return state;
}

interface Link {
  /** Prisma's, PostgreSQL's or the system's code; empty if there is none. */
  code: string;
  /** The driver adapter's kind of error; empty if there is none. */
  kind: string;
  message: string;
  violated: { index?: string | undefined; fields?: string[] | undefined; table: string } | undefined;
}

/** Prisma nests the driver's error under `meta.driverAdapterError.cause`, others under `cause` or `errors`. */
function someInChain(error: unknown, test: (link: Link) => boolean, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > 6) return false;
  const facts = error as Record<string, unknown>;
  const link: Link = {
    code: textOf(facts.originalCode) || textOf(facts.code),
    kind: textOf(facts.kind),
    message: textOf(facts.message),
    violated: violatedBy(facts),
  };
  if (test(link)) return true;
  const meta = facts.meta as Record<string, unknown> | undefined;
  const nested = [
    facts.cause,
    meta?.driverAdapterError,
    ...(Array.isArray(facts.errors) ? facts.errors : []),
  ];
  return nested.some((inner) => someInChain(inner, test, depth + 1));
}

/** adapter-pg reports `constraint: { index } | { fields }`, pg itself `constraint: 'name'`. */
function violatedBy(facts: Record<string, unknown>): Link['violated'] {
  const { constraint } = facts;
  const table = textOf(facts.table);
  if (typeof constraint === 'string') return { index: constraint, table };
  if (typeof constraint !== 'object' || constraint === null) return undefined;
  const { index, fields } = constraint as { index?: string; fields?: string[] };
  return { index, fields, table };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
