import { mkdirSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { knownVariableNames } from '../known-variables.ts';
import { generateClients } from '../prisma/generate.ts';
import { seedAccounts } from '../seed/accounts.ts';
import { checkNamedServers, readUserEnv } from './environment.ts';
import { createIngress, readRoutes } from './ingress.ts';
import type { PartContext, StackPart } from './part.ts';
import { createPortChooser } from './ports.ts';
import { isAlive, markSelf, stopMarked } from './processes.ts';
import { type Progress, SetupError } from './progress.ts';
import { checkConfigs, createServicePart, runOnce, type ServiceName, serviceNames } from './services.ts';
import { baseEnv, chooseServicePorts, servicesEnv } from './services-env.ts';
import { emptyServers, startServers } from './start-servers.ts';
import { localSecrets, openState, type StateFile } from './state.ts';

export interface StackOptions {
  repo: string;
  /** Folder of data, logs and state. */
  home: string;
  /** `preferred`: the well-known ports when they are free. `free`: far from them, for tests. */
  ports: 'preferred' | 'free';
  /** False: servers alone, nothing of ours. */
  services: boolean;
  /** Restart services when their code changes. */
  watch: boolean;
  /** False: data need not survive a crash of this machine (tests). */
  durable: boolean;
  /** Reads `.env` and takes servers from the environment. False: everything is started here. */
  useUserEnv: boolean;
  /** Set over everything else, for all services. */
  env?: Record<string, string>;
  progress: Progress;
}

export interface Stack {
  /** Environment of the services, without PORT and METRICS_PORT. */
  env: Record<string, string>;
  urls: { base: string; inbox?: string };
  part(name: string): StackPart;
  /** Metrics port of a service. */
  metricsPort(service: ServiceName): number;
  stop(): Promise<void>;
}

/**
 * Starts everything: servers, migrations, accounts, services and the ingress. What it started is stopped
 * again when a step fails.
 * @throws SetupError for what the user can mend; Error with the log's end otherwise.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { repo, home, progress } = options;
  const state = openState(home);
  await clearEarlierRun(state, progress);
  const userEnv = options.useUserEnv ? readUserEnv(repo) : { ...process.env, ...emptyServers };
  const named = Object.keys(emptyServers).filter((name) => userEnv[name]);
  await checkNamedServers(userEnv, named);
  for (const name of named) progress.note(`✓ ${name} is set: using yours`);

  state.update({ processes: [markSelf('supervisor')], status: 'starting' });
  const context = contextOf(options, state);
  const ports = createPortChooser({ remembered: state.read().ports, mode: options.ports });
  const secrets = localSecrets(state);
  const parts: StackPart[] = [];
  let ingress: Server | undefined;
  const stop = async () => {
    await closeServer(ingress);
    await stopParts(parts);
    state.update({ status: 'stopped', processes: [] });
  };

  try {
    const servers = await startServers({ context, ports, secrets, userEnv, parts, options });
    const ingressPort = await ports.choose('ingress', 8080);
    const servicePorts = await chooseServicePorts(ports);
    state.update({ ports: ports.chosen });
    const known = await knownVariableNames();
    const overrides = options.env ?? {};
    const env = servicesEnv({ servers, userEnv, secrets, ingressPort, servicePorts, overrides, known });
    const envOf = (service: ServiceName) => ({
      ...baseEnv(),
      ...env,
      PORT: String(servicePorts[service].http),
      METRICS_PORT: String(servicePorts[service].metrics),
      SEED_ACCOUNTS: service === 'auth' ? JSON.stringify(seedAccounts) : '',
    });
    const urls = {
      base: `http://localhost:${ingressPort}/api/v1`,
      ...(servers.inboxUrl ? { inbox: servers.inboxUrl } : {}),
    };
    if (options.services) {
      await prepareServices(context, envOf, progress);
      const started = serviceNames.map((service) =>
        createServicePart(context, {
          service,
          port: servicePorts[service].http,
          env: envOf(service),
          watch: options.watch,
        }),
      );
      parts.push(...started);
      await progress.step(
        'Services',
        () => Promise.all(started.map((part) => part.start())),
        () => serviceNames.join(', '),
      );
      ingress = createIngress({
        routes: readRoutes(repo),
        targetOf: (service) => `http://127.0.0.1:${servicePorts[service as ServiceName].http}`,
        cdn: {
          endpoint: env.R2_ENDPOINT ?? '',
          bucket: env.R2_BUCKET ?? '',
          accessKey: env.R2_ACCESS_KEY ?? '',
          secretKey: env.R2_SECRET_KEY ?? '',
        },
      });
      await progress.step(
        'Ingress',
        () => listen(ingress as Server, ingressPort),
        () => urls.base,
      );
    }
    state.update({ env, urls });
    return {
      env,
      urls,
      part: (name) => {
        const found = parts.find((part) => part.name === name);
        if (!found) throw new Error(`the stack did not start a part "${name}"`);
        return found;
      },
      metricsPort: (service) => servicePorts[service].metrics,
      stop,
    };
  } catch (error) {
    await stop();
    state.update({ status: 'failed' });
    throw error;
  }
}

async function prepareServices(
  context: PartContext,
  envOf: (service: ServiceName) => NodeJS.ProcessEnv,
  progress: Progress,
): Promise<void> {
  await progress.step('Prisma clients', () => generateClients());
  await progress.step('Configuration', () => checkConfigs(context, envOf));
  const withDatabase = serviceNames.filter((service) => service !== 'status');
  await progress.step('Migrations and topics', () =>
    Promise.all(
      withDatabase.map((service) => runOnce(context, { service, mode: 'migrate', env: envOf(service) })),
    ),
  );
  await progress.step('Accounts', () =>
    runOnce(context, { service: 'auth', mode: 'seed', env: envOf('auth') }),
  );
}

function contextOf(options: StackOptions, state: StateFile): PartContext {
  const dataDir = join(options.home, 'data');
  const logDir = join(options.home, 'logs');
  mkdirSync(dataDir, { recursive: true });
  return {
    home: options.home,
    dataDir,
    logDir,
    repo: options.repo,
    started: ({ name, pid, startedAt }) =>
      state.update({ processes: [...state.read().processes, { name, pid, startedAt }] }),
    outside: (folder) => state.update({ outside: [...new Set([...(state.read().outside ?? []), folder])] }),
  };
}

/** Stops what a run that was killed has left behind. Refuses to touch one that is alive. */
async function clearEarlierRun(state: StateFile, progress: Progress): Promise<void> {
  const [supervisor, ...children] = state.read().processes;
  if (supervisor && supervisor.pid !== process.pid && isAlive(supervisor)) {
    throw new SetupError(
      `This stack is already running (process ${supervisor.pid}). Stop it with: npm run down`,
    );
  }
  const left = children.filter((mark) => isAlive(mark));
  if (left.length === 0) return;
  await progress.step(`Stopping what an earlier run left (${left.length})`, async () => {
    for (const mark of left.reverse()) await stopMarked(mark, 15_000);
  });
}

/** Services first, side by side, then the servers they used. */
async function stopParts(parts: StackPart[]): Promise<void> {
  const isService = (part: StackPart) => (serviceNames as readonly string[]).includes(part.name);
  await Promise.allSettled(parts.filter(isService).map((part) => part.stop()));
  await Promise.allSettled(parts.filter((part) => !isService(part)).map((part) => part.stop()));
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, resolve);
  });
}

function closeServer(server: Server | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (!server?.listening) return resolve();
    server.close(() => resolve());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), 2_000).unref();
  });
}
