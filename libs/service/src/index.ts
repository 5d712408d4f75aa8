export { bindJobs } from './bind-jobs.ts';
export type { BaseDeps, CoreDeps, CoreVariables, PrismaLike, ServiceConfig } from './core-deps.ts';
export { createEraser, type Erasure } from './create-eraser.ts';
export type {
  DatabaseDeclaration,
  DepsContext,
  Job,
  Jobs,
  OwnDeps,
  PlainDeclaration,
  Schedules,
  ServiceCommandContext,
} from './declaration.ts';
export { defineService } from './define-service.ts';
export { runService } from './run-service.ts';
export type { DatabaseService, Service, StartContext } from './service.ts';
