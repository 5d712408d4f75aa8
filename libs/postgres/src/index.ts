export { connectionConfig, type PoolLog, type PoolOptions } from './connection.ts';
export { createPool } from './create-pool.ts';
export { createPrismaAdapter } from './create-prisma-adapter.ts';
export { createSql, type Sql, type TransactionOptions } from './create-sql.ts';
export {
  databaseUnavailable,
  isSerializationFailure,
  isUniqueViolation,
  sqlStateOf,
} from './database-errors.ts';
export { migrateDeploy } from './migrations/migrate-deploy.ts';
export { migrateDown } from './migrations/migrate-down.ts';
export type { MigrationLog, MigrationTarget } from './migrations/migration-session.ts';
export { createSchemaCheck, type MigrationStatus, migrationStatus } from './migrations/migration-status.ts';
export { runMigrateCommand } from './migrations/run-migrate-command.ts';
export { listPartitions, type Partition } from './partitions/list-partitions.ts';
export {
  type MaintenanceLog,
  maintainPartitions,
  type PartitionChanges,
} from './partitions/maintain-partitions.ts';
export { type PartitionStatus, readPartitionStatus } from './partitions/partition-status.ts';
export { type PartitionedTable, uuidv7Floor } from './partitions/partitioned-table.ts';
export { pingDatabase } from './ping-database.ts';
export { retrySerializable } from './retry-serializable.ts';
export {
  deleteExpiredIdempotencyKeys,
  type IdempotentRequest,
  runIdempotently,
  type SqlTransaction,
} from './run-idempotently.ts';
