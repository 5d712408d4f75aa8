import pg from 'pg';

/** A service's schema in a database, such as `database` of the harness. */
export interface SchemaTarget {
  databaseUrl: string;
  schema: string;
}

/**
 * The columns that a statement returns, by name, with PostgreSQL's names of their types: `{ lessonId: 'text',
 * version: 'integer', publishedAt: 'timestamp with time zone' }`. PostgreSQL parses the statement against the tables
 * of the schema but does not run it, so it needs no parameters and changes nothing. Empty for a statement that
 * returns no rows. PostgreSQL does not say whether a column may be NULL.
 * @throws the server's error if the statement does not match the schema; an Error if two columns have the same name.
 */
export async function rowTypesOf(target: SchemaTarget, statement: string): Promise<Record<string, string>> {
  const { columns } = await describeStatement(target, statement);
  const types = Object.fromEntries(columns);
  if (Object.keys(types).length !== columns.length)
    throw new Error(`two columns have the same name: ${columns.map(([name]) => name).join(', ')}`);
  return types;
}

/** PostgreSQL's names of the types of a statement's parameters, `$1` first. @throws as `rowTypesOf`. */
export async function parameterTypesOf(target: SchemaTarget, statement: string): Promise<string[]> {
  return (await describeStatement(target, statement)).parameters;
}

async function describeStatement({ databaseUrl, schema }: SchemaTarget, statement: string) {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(`SET search_path = ${client.escapeIdentifier(schema)}`);
    const { columns, parameters } = await client.query(new Description(statement)).result;
    const names = await typeNames(client, [...columns.map(({ oid }) => oid), ...parameters]);
    const nameOf = (oid: number) => names.get(oid) ?? `oid ${oid}`;
    return {
      columns: columns.map(({ name, oid }): [string, string] => [name, nameOf(oid)]),
      parameters: parameters.map(nameOf),
    };
  } finally {
    await client.end();
  }
}

async function typeNames(client: pg.Client, oids: number[]): Promise<Map<number, string>> {
  const { rows } = await client.query<{ oid: number; name: string }>(
    'SELECT oid, format_type(oid, NULL) AS name FROM unnest($1::oid[]) AS oid',
    [oids],
  );
  return new Map(rows.map(({ oid, name }) => [oid, name]));
}

interface Described {
  columns: { name: string; oid: number }[];
  parameters: number[];
}

/** Parse and Describe without Execute, which `pg` has no method for. */
class Description implements pg.Submittable {
  readonly result: Promise<Described>;
  readonly #settle: { resolve: (described: Described) => void; reject: (error: unknown) => void };
  readonly #described: Described = { columns: [], parameters: [] };
  readonly #text: string;

  constructor(text: string) {
    const { promise, resolve, reject } = Promise.withResolvers<Described>();
    this.result = promise;
    this.#settle = { resolve, reject };
    this.#text = text;
  }

  submit(connection: pg.Connection): void {
    connection.once('parameterDescription', ({ dataTypeIDs }: { dataTypeIDs: number[] }) => {
      this.#described.parameters = dataTypeIDs;
    });
    const messages = connection as unknown as {
      parse(message: { name: string; text: string }): void;
      describe(message: { type: 'S'; name: string }): void;
      sync(): void;
    };
    messages.parse({ name: '', text: this.#text });
    messages.describe({ type: 'S', name: '' });
    messages.sync();
  }

  handleRowDescription({ fields }: { fields: { name: string; dataTypeID: number }[] }): void {
    this.#described.columns = fields.map(({ name, dataTypeID }) => ({ name, oid: dataTypeID }));
  }

  handleError(error: unknown): void {
    this.#settle.reject(error);
  }

  handleReadyForQuery(): void {
    this.#settle.resolve(this.#described);
  }
}
