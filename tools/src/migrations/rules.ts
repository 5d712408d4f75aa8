/**
 * What a migration must not do while the previous release is still running or may be rolled back to.
 * `contract`: allowed under `-- contract: <earlier migration or release>: <what stopped using it>`.
 * `locks`: allowed under `-- locks: <why it is short>`. `never`: there is always a compatible way.
 */
export const rules = {
  'drop-object': {
    allowedBy: 'contract',
    advice: 'stop using it in one release and drop it in a later one',
  },
  'drop-column': {
    allowedBy: 'contract',
    advice: 'stop reading and writing it in one release and drop it in a later one',
  },
  'drop-default': {
    allowedBy: 'contract',
    advice: 'the previous release may insert rows without a value; drop the default one release later',
  },
  'drop-uniqueness': {
    allowedBy: 'contract',
    advice: 'the previous release may rely on it (ON CONFLICT); drop it one release after the last use',
  },
  'set-not-null': {
    allowedBy: 'contract',
    advice:
      'the previous release may write NULL: first deploy a release that always writes a value, with CHECK (… IS NOT NULL) NOT VALID, then VALIDATE, then use this',
  },
  'empty-table': {
    allowedBy: 'contract',
    advice: 'the previous release may read the rows; remove them one release after the last use',
  },
  'enum-value': {
    allowedBy: 'contract',
    advice: 'the previous release cannot read a value that it does not know; use TEXT with a CHECK',
  },
  rename: {
    allowedBy: 'never',
    advice: 'add the new one, write both, copy, read the new one, drop the old one a release later',
  },
  'change-type': {
    allowedBy: 'never',
    advice: 'it rewrites the table under a lock: add a column, write both, copy, drop the old one later',
  },
  'required-column': {
    allowedBy: 'never',
    advice: 'give it a DEFAULT or allow NULL: rows exist, and the previous release inserts rows without it',
  },
  'index-not-concurrent': {
    allowedBy: 'locks',
    advice: 'use CONCURRENTLY, alone in its file: otherwise writes to the table wait',
  },
  'concurrently-not-alone': {
    allowedBy: 'never',
    advice: 'a file of several statements is one transaction, in which CONCURRENTLY cannot run',
  },
  'constraint-validated-at-once': {
    allowedBy: 'locks',
    advice: 'add it NOT VALID, and VALIDATE CONSTRAINT in the next migration',
  },
  'validated-in-same-file': {
    allowedBy: 'locks',
    advice:
      "a file is one transaction, which keeps the ADD's lock during the scan; validate in the next migration",
  },
  'key-without-index': {
    allowedBy: 'locks',
    advice: 'build a unique index CONCURRENTLY, then ADD CONSTRAINT … USING INDEX in the next migration',
  },
  'default-rewrites-table': {
    allowedBy: 'locks',
    advice:
      'a default that differs per row rewrites the table under a lock; add the column without it and fill it in batches',
  },
  'rewrites-table': { allowedBy: 'locks', advice: 'it locks the table completely while it runs' },
  'locks-table': { allowedBy: 'locks', advice: 'reads and writes wait for it' },
  'whole-table-write': {
    allowedBy: 'locks',
    advice: 'it locks every row until the end; write in batches, in a job, with a WHERE',
  },
  'hidden-sql': {
    allowedBy: 'locks',
    advice: 'the effect of a DO block cannot be checked; write plain statements',
  },
  'transaction-control': { allowedBy: 'never', advice: 'the file already runs as one transaction' },
  'other-schema': {
    allowedBy: 'never',
    advice: 'a service may change only its own schema, by unqualified names',
  },
  'bad-name': { allowedBy: 'never', advice: 'name it <yyyymmddhhmmss>_<words_like_this>' },
  'no-way-down': { allowedBy: 'never', advice: 'write a down.sql that undoes it' },
  'not-sql': { allowedBy: 'never', advice: 'PostgreSQL cannot read the file' },
  'marker-unclear': {
    allowedBy: 'never',
    advice:
      'write `-- contract: <earlier migration of this service, or release like v1.4.0>: <what stopped using it>` or `-- locks: <why it is short>`',
  },
} as const satisfies Record<string, { allowedBy: 'contract' | 'locks' | 'never'; advice: string }>;

export type RuleName = keyof typeof rules;

/** A rule that a statement breaks; `what` names the thing. */
export interface Breach {
  rule: RuleName;
  what: string;
}
