import { withPostgresClient } from '../stack/postgres-client.ts';
import type { Stack } from '../stack/start-stack.ts';

/** Input of `stackEnv()` of `@lms/testing`: the servers of a stack and the PATH of programs, as JSON. */
export async function testStackEnv(stack: Pick<Stack, 'env' | 'urls'>): Promise<{ LMS_TEST_STACK: string }> {
  const { env, urls } = stack;
  const { PATH: path } = await withPostgresClient({ PATH: process.env.PATH });
  return {
    LMS_TEST_STACK: JSON.stringify({
      databaseUrl: env.DATABASE_URL,
      redisUrl: env.REDIS_URL,
      kafkaBrokers: env.KAFKA_BROKERS,
      s3: { endpoint: env.R2_ENDPOINT, accessKey: env.R2_ACCESS_KEY, secretKey: env.R2_SECRET_KEY },
      smtpUrl: env.SMTP_URL,
      inboxUrl: urls.inbox,
      path,
    }),
  };
}

/** The real course that tests import, if it exists: `LMS_LIBRELINGO_COURSE`, or next to the repository. */
export const defaultLibreLingoCourse = '../shared/data/librelingo-es-from-en';
