export {
  checkDatabaseUrls,
  type DatabaseUrls,
  databaseUrlWarning,
  directDatabaseUrl,
} from './database-urls.ts';
export { durationSeconds, parseDurationSeconds } from './duration.ts';
export { envExample } from './env-example.ts';
export { type Config, ConfigError, type EnvShape, parseConfig, weakValuesOf } from './parse-config.ts';
export {
  accessTokenVariables,
  objectStoreVariables,
  postgresVariables,
  redisVariables,
  serviceVariables,
  tokenSigningVariables,
} from './variables.ts';
export type { WeakValue } from './weak-values.ts';
