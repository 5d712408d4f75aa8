import type { Construct } from 'constructs';
import type { BackingServers } from '../environments/environment.ts';
import { images } from './images.ts';
import { addServer, fromSecret } from './server.ts';

/** Redis as `redis:6379`, persistent and without eviction, because revoked sessions must not be lost. */
export function addRedis(scope: Construct, servers: BackingServers, clients: string[]): void {
  const { storage, maxMemoryMb } = servers.redis;
  const settings = ['--appendonly yes', `--maxmemory ${maxMemoryMb}mb`, '--maxmemory-policy noeviction'];
  addServer(scope, {
    name: 'redis',
    namespace: servers.namespace,
    image: images.redis,
    // The password is passed in a file, because every process can read a command line.
    command: [
      'sh',
      '-c',
      `umask 077; printf 'requirepass %s\\n' "$REDIS_PASSWORD" > /tmp/redis.conf; exec redis-server /tmp/redis.conf --dir /data ${settings.join(' ')}`,
    ],
    env: [fromSecret('REDIS_PASSWORD', 'redis', 'password')],
    ports: { redis: 6379 },
    clients,
    user: 999,
    requests: { cpu: '50m', memory: '64Mi' },
    memoryLimit: `${maxMemoryMb * 2}Mi`,
    data: { path: '/data', storage },
    writable: ['/tmp'],
    ready: { command: ['sh', '-c', 'REDISCLI_AUTH="$REDIS_PASSWORD" redis-cli ping | grep -q PONG'] },
    graceSeconds: 30,
  });
}
