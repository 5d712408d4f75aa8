import type { CdnOptions } from '@lms/testing/cdn';

/**
 * The bucket configured by the R2_* variables.
 * @throws Error naming every missing variable.
 */
export function bucketFromEnv(env: NodeJS.ProcessEnv): CdnOptions {
  const { R2_ENDPOINT, R2_REGION, R2_BUCKET, R2_ACCESS_KEY, R2_SECRET_KEY } = env;
  if (!R2_ENDPOINT || !R2_BUCKET || !R2_ACCESS_KEY || !R2_SECRET_KEY) {
    const names = ['R2_ENDPOINT', 'R2_BUCKET', 'R2_ACCESS_KEY', 'R2_SECRET_KEY'];
    throw new Error(`not set: ${names.filter((name) => !env[name]).join(', ')}`);
  }
  return {
    endpoint: R2_ENDPOINT,
    region: R2_REGION || 'auto',
    bucket: R2_BUCKET,
    accessKey: R2_ACCESS_KEY,
    secretKey: R2_SECRET_KEY,
  };
}
