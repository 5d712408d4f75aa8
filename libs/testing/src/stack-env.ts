/** Addresses of the servers that integration tests run on. */
export interface StackEnv {
  /** URL of a superuser; tests create their own databases on the server. */
  databaseUrl: string;
  redisUrl: string;
  /** `host:port`, comma-separated. */
  kafkaBrokers: string;
  s3: { endpoint: string; accessKey: string; secretKey: string };
  /** SMTP server that keeps all mails. */
  smtpUrl: string;
  /** Web inbox of that server: `GET {inboxUrl}/api/email` lists the mails. */
  inboxUrl: string;
  /** PATH for programs such as `pg_dump`, which is seldom installed; by default that of this process. */
  path: string;
}

/**
 * The real servers that `npm test` started, from the JSON in LMS_TEST_STACK. The JSON may hold only some of them: a
 * missing one throws when it is used.
 * @throws Error that says what to do if the variable, or a part that is used, is missing.
 */
export function stackEnv(): StackEnv {
  const text = process.env.LMS_TEST_STACK;
  const hint =
    'run the tests through `npm test`, or set LMS_TEST_STACK to JSON with databaseUrl, redisUrl, kafkaBrokers and s3';
  if (!text) throw new Error(`LMS_TEST_STACK is not set: ${hint}`);
  const parts = JSON.parse(text) as Partial<StackEnv>;
  const part = <K extends keyof StackEnv>(name: K): StackEnv[K] => {
    const value = parts[name];
    if (value === undefined) throw new Error(`LMS_TEST_STACK has no ${name}: ${hint}`);
    return value;
  };
  return {
    get databaseUrl() {
      return part('databaseUrl');
    },
    get redisUrl() {
      return part('redisUrl');
    },
    get kafkaBrokers() {
      return part('kafkaBrokers');
    },
    get s3() {
      return part('s3');
    },
    get smtpUrl() {
      return part('smtpUrl');
    },
    get inboxUrl() {
      return part('inboxUrl');
    },
    get path() {
      return parts.path ?? process.env.PATH ?? '';
    },
  };
}
