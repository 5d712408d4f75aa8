import { k8s } from 'cdk8s-plus-34';
import type { Construct } from 'constructs';
import { labelsOf } from '../namespaces/namespace-chart.ts';

/** Not secret: the services refuse values with "dev-only" in production. */
const passwords = {
  postgres: 'dev-only-postgres',
  redis: 'dev-only-redis',
  s3: 'dev-only-s3-secret',
};

/** Secrets of the servers, and the chart's Secret (`lms-secrets`), for a cluster on one machine. */
export function addDevelopmentSecrets(
  scope: Construct,
  { servers, application }: { servers: string; application: string },
): void {
  const secret = (name: string, stringData: Record<string, string>, type = 'Opaque', namespace = servers) =>
    new k8s.KubeSecret(scope, `secret-${namespace}-${name}`, {
      metadata: { name, namespace, labels: labelsOf(name) },
      type,
      stringData,
    });
  secret('postgres', { username: 'lms_user', password: passwords.postgres }, 'kubernetes.io/basic-auth');
  secret('redis', { password: passwords.redis });
  secret('s3', { accessKey: 'lms-local', secretKey: passwords.s3 });
  const host = (name: string) => `${name}.${servers}.svc.cluster.local`;
  secret(
    'lms-secrets',
    {
      DATABASE_URL: `postgresql://lms_user:${passwords.postgres}@${host('postgres')}:5432/lms`,
      REDIS_URL: `redis://:${passwords.redis}@${host('redis')}:6379`,
      SMTP_URL: `smtp://${host('mail')}:1025`,
      R2_ACCESS_KEY: 'lms-local',
      R2_SECRET_KEY: passwords.s3,
      JWT_ACCESS_SECRET: 'dev-only-access-secret-that-everybody-knows',
      JWT_REFRESH_SECRET: 'dev-only-refresh-secret-that-everybody-knows',
    },
    'Opaque',
    application,
  );
}
