import { mkdirSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { weakValuesOf } from '@lms/config';
import { knownVariableNames, readServiceShapes } from '@lms/ops/known-variables';
import { generateClients } from '@lms/prisma-cli/generate';
import { seedAccounts } from '../seed/accounts.ts';
import { readUserEnv, unreachableServers, withoutForeignServers } from './environment.ts';
import { closeIngress, createIngress, readRoutes } from './ingress.ts';
import type { PartContext, StackPart } from './part.ts';
import { createPortChooser } from './ports.ts';
import { isAlive, markSelf, stopMarked } from './processes.ts';
import { type Progress, SetupError } from './progress.ts';
import { createServicePart, runOnce, type ServiceName, serviceNames } from './services.ts';
import { baseEnv, chooseServicePorts, configProblems, servicesEnv } from './services-env.ts';
import { planServers, type ServerPlan, serverVariables, settleAll, startServers } from './start-servers.ts';
import { localSecrets, openState, type StateFile } from './state.ts';

export interface StackOptions {
  repo: string;
  /** Folder of data, logs and state. */
  home: string;
  /** `preferred` uses the well-known ports if they are free; `free` uses others, for tests. */
  ports: 'preferred' | 'free';
  /** False to start only servers, without our services. */
  services: boolean;
  /** True to restart services when their code changes. */
  watch: boolean;
  /** False if data does not have to survive a crash of this machine (tests). */
  durable: boolean;
  /** True to read `.env` and use servers of the environment; false to start everything here. */
  useUserEnv: boolean;
  /** Variables for all services that override everything else. */
  env?: Record<string, string>;
  progress: Progress;
  /** Aborts the start and stops what has been started. */
  signal?: AbortSignal;
  /** Called when a part ends unexpectedly. */
  onUnexpectedExit?: (name: string, how: string) => void;
}

export interface Stack {
  /** Environment of the services, without PORT and METRICS_PORT. */
  env: Record<string, string>;
  urls: { base: string; inbox?: string };
  parts: StackPart[];
  /** @throws Error if this stack has no such part. */
  part(name: string): StackPart;
  /** Metrics port of a service. */
  metricsPort(service: ServiceName): number;
  stop(): Promise<void>;
}

/**
 * Starts everything: servers, migrations, accounts, services and the ingress. If a step fails or `signal` is aborted,
 * everything that was started is stopped again.
 * @throws SetupError for problems that the user can fix; otherwise Error with the end of the log.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { home, progress } = options;
  const state = openState(home);
  await clearEarlierRun(state, progress);
  const { env: userEnv, ignored } = await withoutForeignServers(
    options.useUserEnv ? readUserEnv(options.repo) : {},
    serverVariables,
  );
  const ports = createPortChooser({ remembered: state.read().ports, mode: options.ports });
  const secrets = localSecrets(state);
  const plan = await planServers({ ports, secrets, userEnv, durable: options.durable });
  const ingressPort = await ports.choose('ingress', 8080);
  const servicePorts = await chooseServicePorts(ports);
  const known = options.services ? await knownVariableNames() : new Set<string>();
  const overrides = options.env ?? {};
  const env = servicesEnv({
    servers: plan.servers,
    userEnv,
    secrets,
    ingressPort,
    servicePorts,
    overrides,
    known,
  });
  const envOf = (service: ServiceName) => ({
    ...baseEnv(),
    ...env,
    PORT: String(servicePorts[service].http),
    METRICS_PORT: String(servicePorts[service].metrics),
    SEED_ACCOUNTS: service === 'auth' ? JSON.stringify(seedAccounts) : '',
  });
  await checkEnvironment({ options, userEnv, env: envOf('auth'), ignored });

  const inbox = plan.servers.inboxUrl;
  const urls = { base: `http://localhost:${ingressPort}/api/v1`, ...(inbox ? { inbox } : {}) };
  const parts: StackPart[] = [];
  const stopping = new AbortController();
  const context = contextOf(options, state, stopping.signal);
  const targetOf = (service: string) => `http://127.0.0.1:${servicePorts[service as ServiceName].http}`;
  const ingress = options.services
    ? createIngress({ routes: readRoutes(options.repo), targetOf, cdn: plan.servers.r2 })
    : undefined;
  const stop = async () => {
    stopping.abort(new Error('the stack is being stopped'));
    if (ingress) await closeIngress(ingress);
    await stopParts(parts);
    state.update({ status: 'stopped', processes: [] });
  };
  const interrupt = () => void stop();
  options.signal?.addEventListener('abort', interrupt, { once: true });

  state.update({ processes: [markSelf('supervisor')], status: 'starting', ports: ports.chosen, env, urls });
  try {
    await startAll({ options, context, plan, parts, envOf, servicePorts });
    if (ingress)
      await progress.step(
        'Ingress',
        () => listen(ingress, ingressPort),
        () => urls.base,
      );
    stopping.signal.throwIfAborted();
  } catch (error) {
    await stop();
    state.update({ status: 'failed' });
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', interrupt);
  }
  const part = (name: string) => {
    const found = parts.find((candidate) => candidate.name === name);
    if (!found) throw new Error(`the stack has no part "${name}"`);
    return found;
  };
  return { env, urls, parts, part, metricsPort: (service) => servicePorts[service].metrics, stop };
}

/** Reports all problems of the environment before anything is started. */
async function checkEnvironment(check: {
  options: StackOptions;
  userEnv: NodeJS.ProcessEnv;
  env: NodeJS.ProcessEnv;
  /** Variables that name servers that exist only in Docker Compose. */
  ignored: string[];
}): Promise<void> {
  const { options, userEnv, env, ignored } = check;
  const named = serverVariables.filter((name) => userEnv[name]);
  const shapes = options.services ? await readServiceShapes() : [];
  const malformed = configProblems(shapes, env);
  const wellFormed = named.filter((name) => !malformed.some((line) => line.startsWith(`${name}:`)));
  const problems = [...malformed, ...(await unreachableServers(userEnv, wellFormed))];
  if (problems.length > 0) {
    const lines = [
      'The configuration (.env or the environment) is invalid:',
      ...problems.map((line) => `  ${line}`),
    ];
    throw new SetupError(lines.join('\n'));
  }
  for (const name of named) options.progress.note(`✓ ${name} is set: using yours`);
  if (ignored.length > 0) {
    const line = `hosts of Docker Compose or placeholders, servers started here instead: ${ignored.join(', ')}`;
    options.progress.note(`✓ ${line}`);
  }
  const weak = new Set(shapes.flatMap((shape) => weakValuesOf(shape, env)).map(({ name }) => name));
  if (weak.size > 0) {
    const line = `weak values, for development only: ${[...weak].join(', ')}`;
    options.progress.note(`! ${line}; staging and production refuse them`);
  }
}

/** Starts everything except the ingress, concurrently where possible. */
async function startAll(start: {
  options: StackOptions;
  context: PartContext;
  plan: ServerPlan;
  parts: StackPart[];
  envOf: (service: ServiceName) => NodeJS.ProcessEnv;
  servicePorts: Record<ServiceName, { http: number }>;
}): Promise<void> {
  const { options, context, plan, parts, envOf, servicePorts } = start;
  const { progress } = options;
  const servers = startServers({ context, starts: plan.starts, parts, progress });
  if (!options.services) return servers;
  await settleAll([servers, progress.step('Prisma clients', () => generateClients())]);

  const migrate = (service: ServiceName) =>
    runOnce(context, { service, mode: 'migrate', env: envOf(service) });
  const withDatabase = serviceNames.filter((service) => service !== 'status');
  await progress.step('Migrations and topics', () => settleAll(withDatabase.map(migrate)));
  context.signal.throwIfAborted();
  const seedAuth = () => runOnce(context, { service: 'auth', mode: 'seed', env: envOf('auth') });
  const services = serviceNames.map((service) =>
    createServicePart(context, {
      service,
      port: servicePorts[service].http,
      env: envOf(service),
      watch: options.watch,
    }),
  );
  parts.push(...services);
  await settleAll([
    progress.step('Accounts', seedAuth),
    progress.step(
      'Services',
      () => settleAll(services.map((part) => part.start())),
      () => serviceNames.join(', '),
    ),
  ]);
}

function contextOf(options: StackOptions, state: StateFile, signal: AbortSignal): PartContext {
  const { home, repo } = options;
  const dataDir = join(home, 'data');
  mkdirSync(dataDir, { recursive: true });
  return {
    home,
    dataDir,
    logDir: join(home, 'logs'),
    repo,
    signal,
    started: (child) => {
      const { name, pid, startedAt, stopSignal } = child;
      state.update({ processes: [...state.read().processes, { name, pid, startedAt, stopSignal }] });
      void child.exited.then((how) => {
        if (!child.wasSignalled()) options.onUnexpectedExit?.(name, how);
      });
    },
    outside: (folder) => state.update({ outside: [...new Set([...(state.read().outside ?? []), folder])] }),
  };
}

/** Stops processes that a killed run left behind. Refuses to touch a running stack. */
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

/** Stops the services concurrently, then the servers that they used. */
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
