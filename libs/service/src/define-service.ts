import { checkDeclaration } from './check-declaration.ts';
import type { BaseDeps, BaseVariables, CoreDeps, CoreVariables } from './core-deps.ts';
import { databaseService } from './database-service.ts';
import type { DatabaseDeclaration, PlainDeclaration } from './declaration.ts';
import { plainService } from './plain-service.ts';
import type { DatabaseService, Service } from './service.ts';

/**
 * Declares a service. Its clients, HTTP app, OpenAPI document, health, readiness, outbox relay, consumers, job
 * runner and `migrate` are built from the declaration; see README.md. Does not start or connect anything.
 * @throws Error naming every problem of the declaration.
 */
export function defineService<S extends CoreVariables, D extends CoreDeps>(
  declaration: DatabaseDeclaration<S, D>,
): DatabaseService<S, D>;
export function defineService<S extends BaseVariables, D extends BaseDeps>(
  declaration: PlainDeclaration<S, D>,
): Service<S, D>;
export function defineService<S extends CoreVariables, D extends CoreDeps>(
  declaration: DatabaseDeclaration<S, D> | PlainDeclaration<S, D>,
): Service<S, D> {
  checkDeclaration(declaration);
  return declaration.database ? databaseService(declaration) : plainService(declaration);
}
