import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { addressOf, timeToReady } from './check-container.ts';
import type { ComposeProject } from './compose.ts';

/** Share of its memory limit that the ai service may reach while it checks grammar. */
const mostOfLimit = 0.8;
const texts = 12;
const textTimeoutMs = 120_000;
/** Long enough that one text keeps the checker busy for a while. */
const longText = 'I has two apple. Yesterday she go to the market with her colour pencils. '.repeat(60);

/**
 * Checks the grammar checker of the ai service, which is a process of its own, from a separate file, and uses by
 * far the most memory. A separate container with the memory limit of docker-compose.yml grades texts of two
 * dialects without a provider; the running service is paused so that it does not take these jobs.
 * Returns the problems, and the peak memory as text.
 */
export async function checkGrammar(project: ComposeProject): Promise<{ problems: string[]; memory: string }> {
  const running = await project.containerOf('ai');
  const started = await project.compose(['run', '--detach', '--no-deps', '-e', 'AI_PROVIDER=local', 'ai']);
  const container = started.trim().split('\n').at(-1) ?? '';
  try {
    await timeToReady(project, container, '/readyz');
    await project.docker(['pause', running]);
    const baseUrl = `http://${await addressOf(project, container)}:3000/api/v1`;
    const token = await register(project.baseUrl);
    const graded = await Promise.all(
      Array.from({ length: texts }, (_, n) =>
        grade({ baseUrl, token, text: `${n}: ${longText}`, languageTag: n % 2 ? 'en-US' : 'en-GB' }),
      ),
    );
    const { peakBytes, limitBytes } = await memoryOf(project, container);
    const memory = `at most ${toMiB(peakBytes)} of ${toMiB(limitBytes)} MiB with Harper in use`;
    const problems = graded.flatMap((problem) => problem ?? []);
    if (limitBytes === 0) problems.push('its container has no memory limit');
    else if (peakBytes > mostOfLimit * limitBytes)
      problems.push(`it is near its memory limit: ${memory} (${mostOfLimit * 100} % is allowed)`);
    return { problems: [...new Set(problems)], memory };
  } finally {
    await project.docker(['rm', '--force', container]);
    const paused = await project.docker(['inspect', '--format', '{{.State.Paused}}', running]);
    if (paused.trim() === 'true') await project.docker(['unpause', running]);
  }
}

async function register(baseUrl: string): Promise<string> {
  const credentials = {
    email: `grammar-${randomBytes(8).toString('hex')}@example.com`,
    password: randomBytes(18).toString('base64url'),
  };
  const body = { ...credentials, displayName: 'Grammar', locale: 'en', timeZone: 'UTC' };
  return (await call<{ accessToken: string }>(`${baseUrl}/auth/register`, { body })).accessToken;
}

interface Job {
  jobId: string;
  status: string;
  feedback?: { provider: string; checks: string[]; corrections: { category: string }[] };
}

/** The problem with the feedback on a text, if there is one. */
async function grade(request: {
  baseUrl: string;
  token: string;
  text: string;
  languageTag: string;
}): Promise<string | undefined> {
  const { baseUrl, token, ...body } = request;
  let job = await call<Job>(`${baseUrl}/ai/writing-feedback`, { body, token });
  for (const deadline = Date.now() + textTimeoutMs; ['queued', 'running'].includes(job.status); ) {
    if (Date.now() > deadline) return `a text was ${job.status} for ${textTimeoutMs / 1000} s`;
    await sleep(500);
    job = await call<Job>(`${baseUrl}/ai/jobs/${job.jobId}`, { token });
  }
  const { provider, checks = [], corrections = [] } = job.feedback ?? {};
  if (provider !== 'local') return `a text is ${job.status}, by ${provider ?? 'no provider'}`;
  const found = checks.includes('grammar') && corrections.some(({ category }) => category === 'grammar');
  return found ? undefined : 'the grammar checker in the image finds no mistakes';
}

/**
 * Sends a request. Twelve texts of one learner wait for one lock, which takes longer than the service allows when
 * the machine has other work: a 503 is then sent again after its Retry-After, as clients do, with the same key.
 */
async function call<T>(url: string, { body, token }: { body?: object; token?: string }): Promise<T> {
  const init: RequestInit = {
    method: body ? 'POST' : 'GET',
    headers: {
      ...(body ? { 'content-type': 'application/json', 'idempotency-key': randomUUID() } : {}),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  };
  for (const deadline = Date.now() + textTimeoutMs; ; ) {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(30_000) });
    if (response.ok) return (await response.json()) as T;
    const waitMs = Number(response.headers.get('retry-after')) * 1000;
    if (response.status !== 503 || waitMs <= 0 || Date.now() + waitMs > deadline)
      throw new Error(
        `${new URL(url).pathname} answered ${response.status}: ${(await response.text()).slice(0, 300)}`,
      );
    await response.body?.cancel();
    await sleep(waitMs);
  }
}

/** The peaks of the resident memory of the container's processes together, and the container's limit. */
async function memoryOf(
  project: ComposeProject,
  container: string,
): Promise<{ peakBytes: number; limitBytes: number }> {
  // The process that runs this script is left out.
  const script = `const { readdirSync, readFileSync } = require('node:fs');
    for (const id of readdirSync('/proc')) if (/^\\d+$/.test(id) && Number(id) !== process.pid)
      console.log(/^VmHWM:.*/m.exec(readFileSync('/proc/' + id + '/status', 'utf8'))?.[0]);`;
  const peaks = await project.docker(['exec', container, 'node', '-e', script]);
  const limit = await project.docker(['inspect', '--format', '{{.HostConfig.Memory}}', container]);
  const kibibytes = [...peaks.matchAll(/^VmHWM:\s+(\d+) kB/gm)].map(([, peak]) => Number(peak));
  const peakBytes = kibibytes.reduce((sum, peak) => sum + peak, 0) * 1024;
  return { peakBytes, limitBytes: Number(limit) };
}

const toMiB = (bytes: number) => Math.round(bytes / 1_048_576);
