import { PrismaPg } from '@prisma/adapter-pg';
import { type PoolOptions, poolConfig } from './connection.ts';

/**
 * The driver adapter for `new PrismaClient({ adapter })`: a pool with the limits of `createPool`, owned by
 * the client and closed by `$disconnect()`. Both model queries and raw queries use `schema`.
 */
export function createPrismaAdapter(options: PoolOptions): PrismaPg {
  return new PrismaPg(poolConfig(options), {
    schema: options.schema,
    onPoolError: (err) =>
      options.log.warn({ err }, 'an idle database connection was lost and will be replaced'),
    onConnectionError: (err) => options.log.warn({ err }, 'a database connection was lost'),
  });
}
