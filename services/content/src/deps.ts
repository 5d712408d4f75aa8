import type { Config } from '@lms/config';
import type { Sql } from '@lms/postgres';
import type { CoreDeps, OwnDeps } from '@lms/service';
import type { contentVariables } from './config.ts';
import { type Prisma, PrismaClient } from './generated/prisma/client.ts';
import { createSharedReads, type SharedReads } from './shared-reads/create-shared-reads.ts';

export { PrismaClient };

/** Name of the service, of its PostgreSQL schema and of its consumer group. */
export const serviceName = 'content';

/** The transaction that every store function receives. */
export type Tx = Prisma.TransactionClient;

/** Dependencies of handlers; each handler names the part that it uses. */
export interface Deps extends CoreDeps<PrismaClient> {
  /** CDN in front of the bucket, without a trailing slash. */
  publicMediaUrl: string;
  shared: SharedReads;
}

export function createDeps({
  config,
  sql,
}: {
  config: Config<typeof contentVariables>;
  sql: Sql;
}): OwnDeps<Deps> {
  return { deps: { publicMediaUrl: config.R2_PUBLIC_URL, shared: createSharedReads({ sql }) } };
}
