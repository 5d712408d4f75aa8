export { createPool, createPrismaAdapter, type PoolOptions, pingDatabase } from './create-prisma-adapter.ts';
export { databaseUnavailable, isSerializationFailure, isUniqueViolation } from './database-errors.ts';
export {
  createSchemaCheck,
  type MigrationStatus,
  type MigrationTarget,
  migrateDeploy,
  migrateDown,
  migrationStatus,
} from './migrations.ts';
export { deleteExpiredIdempotencyKeys, runIdempotently, type SqlTransaction } from './run-idempotently.ts';
