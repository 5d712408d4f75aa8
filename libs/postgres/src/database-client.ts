import pg from 'pg';

/** A query as our callers send it: a text, or an object with a text. */
interface Statement {
  text: string;
  values?: unknown[] | undefined;
  name?: string | undefined;
}

type Callback = (error: unknown, result?: unknown) => void;
type Client = new (config?: string | pg.ClientConfig) => pg.Client;
type Query = (...args: unknown[]) => Promise<pg.QueryResult>;

const featureNotSupported = '0A000';
/** PostgreSQL's English text, which our errors have whatever language the server speaks. */
export const stalePlanMessage = 'cached plan must not change result type';

/**
 * The client class of one pool. A statement whose result type changed after it was prepared (a migration altered a
 * column while this process was running) fails with 0A000: it is prepared again and repeated, unless it was part of
 * a transaction, which the caller must repeat (see `isSerializationFailure`).
 */
export function createDirectClient(): Client {
  // All connections of the pool prepare under new names once one of them found a stale statement. The old ones stay
  // on the server until their connection closes, which is cheap because migrations are rare.
  let generation = 0;

  return class DirectClient extends pg.Client {
    override query(...args: unknown[]): never {
      const [statement] = args as [Statement];
      if (!statement.name) return this.#send(args) as never;
      const used = generation;
      args[0] = named(statement, used);
      const callback = args.at(-1);
      if (typeof callback !== 'function') {
        return this.#send(args).catch((error: unknown) => {
          if (!this.#mayRepeat(error, used)) throw error;
          return this.#send([named(statement, generation), ...args.slice(1)]);
        }) as never;
      }
      args[args.length - 1] = (error: unknown, result: unknown) => {
        if (!error || !this.#mayRepeat(error, used)) callback(error, result);
        else this.#send([named(statement, generation), ...args.slice(1, -1), callback]);
      };
      return this.#send(args) as never;
    }

    #mayRepeat(error: unknown, used: number): boolean {
      if (!isStalePlan(error)) return false;
      error.message = stalePlanMessage;
      if (used === generation) generation += 1;
      return statusOf(this) === 'I';
    }

    #send(args: unknown[]): Promise<pg.QueryResult> {
      return (super.query as Query).apply(this, args);
    }
  };
}

function named(statement: Statement, generation: number): Statement {
  return generation === 0 ? statement : { ...statement, name: `${statement.name}.${generation}` };
}

function isStalePlan(error: unknown): error is Error {
  if (!(error instanceof pg.DatabaseError)) return false;
  return error.code === featureNotSupported && error.routine === 'RevalidateCachedQuery';
}

/** The transaction status of the server when it last finished a query: `I` is outside of a transaction. */
function statusOf(client: pg.Client): string | null {
  return (client as unknown as { getTransactionStatus(): string | null }).getTransactionStatus();
}

/**
 * The client class of a pool whose URL leads to a transaction pooler. There a connection to the server is ours only
 * during a transaction, so nothing may depend on its session: `settings` are made with SET LOCAL in the same round
 * trip as BEGIN, a statement outside of a transaction gets one of its own (also one round trip), and no statement is
 * prepared under a name.
 */
export function createPoolerClient(settings: Record<string, string | number>): Client {
  const setLocal = Object.entries(settings)
    .map(([name, value]) => `SET LOCAL ${name} = ${value}`)
    .join('; ');

  return class PoolerClient extends pg.Client {
    #inTransaction = false;
    /** While the end of a transaction is on its way: then the pooler may not see the next statement yet. */
    #ending = false;
    readonly #waiting: (() => void)[] = [];

    override query(...args: unknown[]): never {
      const callback = typeof args.at(-1) === 'function' ? (args.pop() as Callback) : undefined;
      const result = this.#inTurn(statementOf(args));
      if (!callback) return result as never;
      result.then(
        (value) => callback(null, value),
        (error: unknown) => callback(error),
      );
      return undefined as never;
    }

    #inTurn(statement: Statement): Promise<unknown> {
      if (!this.#ending) return this.#start(statement);
      return new Promise((resolve, reject) => {
        this.#waiting.push(() => this.#start(statement).then(resolve, reject));
      });
    }

    #start(statement: Statement): Promise<unknown> {
      const kind = kindOf(statement.text);
      if (kind === 'session')
        return Promise.reject(new Error('LISTEN does not work through a transaction pooler'));
      if (kind === 'begin') return this.#begin(statement.text);
      if (kind === 'end') {
        this.#inTransaction = false;
        return this.#lastOf(this.#send(statement));
      }
      return this.#inTransaction ? this.#send(statement) : this.#alone(statement);
    }

    async #begin(text: string): Promise<pg.QueryResult> {
      this.#inTransaction = true;
      const results = await this.#send({ text: `${text}; ${setLocal}` });
      return (results as unknown as pg.QueryResult[])[0] as pg.QueryResult;
    }

    /** In a transaction of its own. All three parts are sent at once. */
    async #alone(statement: Statement): Promise<pg.QueryResult> {
      const { stream } = (this as unknown as { connection: { stream: { cork(): void; uncork(): void } } })
        .connection;
      stream.cork();
      const sent = [
        this.#send({ text: `BEGIN; ${setLocal}` }),
        this.#send(statement),
        this.#lastOf(this.#send({ text: 'COMMIT' })),
      ];
      stream.uncork();
      const [begun, done, committed] = await Promise.allSettled(sent);
      for (const part of [begun, done, committed]) if (part?.status === 'rejected') throw part.reason;
      return (done as PromiseFulfilledResult<pg.QueryResult>).value;
    }

    /** Holds other statements back until this one, the last of a transaction, is answered. */
    #lastOf(last: Promise<pg.QueryResult>): Promise<pg.QueryResult> {
      this.#ending = true;
      return last.finally(() => {
        this.#ending = false;
        while (!this.#ending && this.#waiting.length > 0) this.#waiting.shift()?.();
      });
    }

    #send(statement: Statement): Promise<pg.QueryResult> {
      return (super.query as unknown as Query).call(this, statement);
    }
  };
}

function statementOf([query, values]: unknown[]): Statement {
  if (typeof query === 'string') return { text: query, values: values as unknown[] | undefined };
  const statement = query as Statement;
  if (typeof statement?.text !== 'string' || 'submit' in statement)
    throw new TypeError('only statements with a text can be sent through a transaction pooler');
  return { ...statement, name: undefined, values: statement.values ?? (values as unknown[] | undefined) };
}

/** Statements that begin or end a transaction, and those that need a session. ROLLBACK TO ends nothing. */
const special =
  /^\s*(?:(?<begin>BEGIN|START)|(?<end>COMMIT|END|(?:ROLLBACK|ABORT)(?!(?:\s+(?:WORK|TRANSACTION))?\s+TO\b))|(?<session>LISTEN|UNLISTEN))\b/i;

function kindOf(text: string): 'begin' | 'end' | 'session' | 'other' {
  const { begin, end, session } = special.exec(text)?.groups ?? {};
  if (begin) return 'begin';
  if (end) return 'end';
  return session ? 'session' : 'other';
}
