import type { AddressInfo } from 'node:net';
import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '@lms/testing';
import { PrismaClient } from '../generated/prisma/client.ts';
import { createPool, createPrismaAdapter, type PoolOptions } from '../index.ts';
import { migrateDeploy } from '../migrations/migrate-deploy.ts';

/** The schema and migrations of this package's own tests. */
export const schema = 'postgres';
export const migrationsDir = join(import.meta.dirname, '../../prisma/migrations');
export const silent = { info: () => undefined };

/** A log that keeps its entries for assertions. */
export function recordingLog() {
  const lines: string[] = [];
  const write = (_facts: object, message: string) => {
    lines.push(message);
  };
  return { lines, warn: write, info: write };
}

/** A migrated database of its own. */
export async function createMigratedDatabase(): Promise<TestDatabase> {
  const database = await createTestDatabase('postgres');
  await migrateDeploy({ databaseUrl: database.databaseUrl, schema, migrationsDir, log: silent });
  return database;
}

/** Options of a small pool on `databaseUrl`. */
export function poolOptions(databaseUrl: string, changes: Partial<PoolOptions> = {}): PoolOptions {
  return {
    databaseUrl,
    schema,
    poolSize: 3,
    connectTimeoutMs: 1_000,
    applicationName: 'test',
    log: recordingLog(),
    ...changes,
  };
}

/** A Prisma client as services create it, on a pool of its own. */
export function createClient(databaseUrl: string, changes: Partial<PoolOptions> = {}): PrismaClient {
  const options = poolOptions(databaseUrl, changes);
  return new PrismaClient({ adapter: createPrismaAdapter(createPool(options), options) });
}

/** Ends every other connection that carries the name of our pools. */
export function killConnections(database: TestDatabase): Promise<unknown> {
  return database.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE application_name = 'lms-test' AND datname = current_database() AND pid <> pg_backend_pid()`,
  );
}

/** A TCP proxy in front of the server that can stop responding without closing a connection. */
export async function startProxy(databaseUrl: string) {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let mute = false;
  let roundTrips = 0;
  let heard: 'client' | 'server' = 'server';
  const server: Server = createServer((client) => {
    const upstream = dial(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket
        .on('error', () => undefined)
        .on('close', () => {
          sockets.delete(socket);
          client.destroy();
          upstream.destroy();
        });
    }
    client.on('data', (bytes) => {
      if (heard === 'server') roundTrips += 1;
      heard = 'client';
      mute || upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      heard = 'server';
      mute || client.write(bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return {
    databaseUrl: url.href,
    openConnections: () => sockets.size / 2,
    /** How often the client has sent something after the server did. */
    roundTrips: () => roundTrips,
    silence(on: boolean) {
      mute = on;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
