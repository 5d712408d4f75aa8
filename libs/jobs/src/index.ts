export { cleanUp, type DeleteBatch } from './clean-up.ts';
export {
  createJobRunner,
  enqueueJob,
  type JobContext,
  type JobHandler,
  jobsSchemaOf,
  migrateJobs,
  type NewJob,
  type SqlTransaction,
} from './jobs.ts';
