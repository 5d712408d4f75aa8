import type { EnvShape } from '@lms/config';
import { AppError } from '@lms/errors';
import {
  type AccessTokenVerifier,
  createAccessTokenVerifier,
  createHttpApp,
  type KeySource,
  openApiDocument,
} from '@lms/http';
import type { BaseClients, BaseDeps, Clients, CoreDeps } from './core-deps.ts';
import type { Declaration, DepsContext, OwnDeps } from './declaration.ts';
import type { AppOptions, StartContext } from './service.ts';

/** Builds the parts that depend on routes and variables. `isUnavailable` is that of `createHttpApp`. */
export function commonParts<S extends EnvShape, D extends BaseDeps>(
  declaration: Declaration<S, D>,
  isUnavailable?: (error: unknown) => boolean,
) {
  const { name, version, variables, checkConfig, routes, commands = {} } = declaration;
  return {
    ...{ name, version, variables, checkConfig, routes, commands },
    openApi: () => documentOf(declaration),
    createApp: (deps: D, options: AppOptions) =>
      createHttpApp({
        ...options,
        ...{ routes, deps, log: deps.log },
        ...{ verifyAccessToken: deps.verifyAccessToken, rateLimiter: deps.rateLimiter },
        ...(isUnavailable ? { isUnavailable } : {}),
      }),
  };
}

/** Adds the dependencies that the service creates itself to the clients of this library. */
export function withOwnDeps<S extends EnvShape, D extends BaseDeps, C extends BaseClients>(
  declaration: Declaration<S, D> & {
    createDeps(context: DepsContext<S, C>): OwnDeps<D, BaseDeps> | OwnDeps<D, CoreDeps>;
  },
  { config, metrics }: StartContext<S>,
  { clients, close: closeClients }: Clients<C>,
): { deps: D; close: () => Promise<void> } {
  try {
    const openApi = () => documentOf(declaration);
    const own = declaration.createDeps({ ...clients, config, metrics, openApi });
    const deps = { ...own.deps, ...clients } as unknown as Omit<D, 'verifyAccessToken'>;
    const keys = declaration.accessTokenKeys?.({ config, deps });
    return {
      deps: { ...deps, verifyAccessToken: createVerifier(keys, clients) } as D,
      async close() {
        await Promise.allSettled([(async () => own.close?.())(), closeClients()]);
      },
    };
  } catch (error) {
    void closeClients();
    throw error;
  }
}

function documentOf<S extends EnvShape, D>({ name, version, routes }: Declaration<S, D>): object {
  return openApiDocument({ title: `LMS ${name}`, version, routes });
}

function createVerifier(
  keys: KeySource | undefined,
  { sessionRevocations }: BaseClients,
): AccessTokenVerifier {
  // Never called: every route is public, or checkDeclaration would have refused the service.
  if (!keys)
    return () =>
      Promise.reject(new AppError('unauthenticated', 'This service has no routes that need a sign-in.'));
  return createAccessTokenVerifier({
    keys,
    isRevoked: (sessionId) => sessionRevocations.isRevoked(sessionId),
  });
}
