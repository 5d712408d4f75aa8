import { join } from 'node:path';
import { accessTokenVariables, ConfigError, postgresVariables, redisVariables } from '@lms/config';
import { appendEvent, defineConsumers, kafkaVariables } from '@lms/events';
import { defineRoute, type Route } from '@lms/http';
import { enqueueJob } from '@lms/jobs';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import type { CoreDeps } from '../core-deps.ts';
import type { Jobs, Schedules } from '../declaration.ts';
import { defineService } from '../define-service.ts';
import { type Prisma, PrismaClient } from '../generated/prisma/client.ts';

interface Deps extends CoreDeps<PrismaClient> {
  greeting: { text: string };
}

const note = z.object({ id: z.uuid(), authorId: z.uuid() });
const greet = defineRoute({
  ...{ method: 'get', path: '/greeting', summary: 'Say hello', tag: 'Notes', auth: 'public' },
  output: { status: 200, body: z.object({ text: z.string() }) },
  handler: async (_input, { greeting }: Pick<Deps, 'greeting'>) => greeting,
});
const createNote = defineRoute({
  ...{ method: 'post', path: '/notes', summary: 'Write a note', tag: 'Notes', auth: 'user' },
  output: { status: 201, body: note },
  handler: ({ caller }, { prisma }: Pick<Deps, 'prisma'>) =>
    prisma.note.create({ data: { id: uuidv7(), authorId: caller.userId } }),
});
const deleteMe = defineRoute({
  ...{ method: 'delete', path: '/me', summary: 'Delete my account', tag: 'Notes', auth: 'user' },
  output: { status: 204 },
  handler: async ({ caller: { userId } }, { prisma }: Pick<Deps, 'prisma'>) => {
    const data = { userId, erasureId: uuidv7(), deletedAt: new Date().toISOString() };
    await prisma.$transaction((tx) => appendEvent(tx, { type: 'user.deleted', data }));
    return undefined;
  },
});
export const routes: readonly Route<Deps>[] = [greet, createNote, deleteMe];

const jobs = {
  delete_notes: async ({ authorId }: { authorId: string }, { prisma, log }) => {
    const { count } = await prisma.note.deleteMany({ where: { authorId } });
    log.info({ count }, 'notes deleted');
  },
} satisfies Jobs<Deps>;
const schedules: Schedules<typeof jobs> = { delete_notes: '17 3 1 1 *' };

/** Declaration of the sample service; tests override parts of it. */
export const declaration = {
  name: 'notes',
  version: '1.2.3',
  variables: {
    ...{ ...postgresVariables, ...redisVariables, ...kafkaVariables, ...accessTokenVariables },
    NOTES_GREETING: z.string().default('hello'),
  },
  database: { PrismaClient, migrationsDir: join(import.meta.dirname, '../../prisma/migrations') },
  routes,
  accessTokenKeys: ({ config }: { config: { AUTH_JWKS_URL: string } }) => ({ jwksUrl: config.AUTH_JWKS_URL }),
  consumers: defineConsumers<Prisma.TransactionClient, Deps>({
    'user.deleted': ({ data: { userId } }, { tx }) =>
      enqueueJob(tx, 'notes', { name: 'delete_notes', payload: { authorId: userId } }),
  }),
  jobs,
  schedules,
  createDeps: ({ config, log }: { config: { NOTES_GREETING: string }; log: CoreDeps['log'] }) => ({
    deps: { greeting: { text: config.NOTES_GREETING } },
    close: () => log.info({}, 'own dependencies closed'),
  }),
};

/** A service for tests: the notes of a deleted author are removed through the outbox, Kafka, a consumer and a job. */
export const notes = defineService({
  ...declaration,
  checkConfig({ NOTES_GREETING }) {
    if (NOTES_GREETING === 'taken') throw new ConfigError([{ name: 'NOTES_GREETING', message: 'is taken' }]);
  },
  health: ({ greeting }) => ({
    greeting: async () => {
      if (greeting.text === '') throw new Error('nothing to say');
    },
  }),
  commands: {
    count: async ({ deps, log, args }) => {
      log.info({ notes: await deps.prisma.note.count(), args }, 'notes counted');
    },
  },
});
