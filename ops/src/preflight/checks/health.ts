import { type Check, failed, messageOf, ok, skipped } from '../check.ts';

/** `GET /api/v1/health` reports that everything is up, in the status code as well as in the body. */
export const healthCheck: Check = {
  name: 'health',
  async run({ baseUrl }, signal) {
    if (!baseUrl) return skipped('no URL was given (--url https://…)');
    const url = `${baseUrl}/api/v1/health`;
    try {
      const answer = await fetch(url, { signal, redirect: 'manual' });
      const body = (await answer.json().catch(() => null)) as Record<string, unknown> | null;
      if (answer.status === 200 && body?.status === 'up') return ok(`${url} reports up`);
      const down = body ? namesOfDown(body) : [];
      return failed(
        `${url} returned ${answer.status}${down.length > 0 ? `; down: ${down.join(', ')}` : ''}`,
        down.length > 0
          ? 'see the logs of what is down, and docs/runbooks/alerts.md'
          : 'check that the ingress sends /api/v1/health to the status service, and that its pods are ready',
      );
    } catch (error) {
      return failed(`${url}: ${messageOf(error)}`, 'check DNS, the ingress and its certificate');
    }
  },
};

/** Paths such as `auth` or `auth.postgres` whose value in the report is "down" or has `status: down`. */
function namesOfDown(value: unknown, path: string[] = []): string[] {
  if (typeof value !== 'object' || value === null) return value === 'down' ? [path.join('.')] : [];
  const facts = value as Record<string, unknown>;
  const inner = Object.entries(facts)
    .filter(([name]) => name !== 'status')
    .flatMap(([name, child]) =>
      namesOfDown(child, name === 'services' || name === 'dependencies' ? path : [...path, name]),
    );
  return facts.status === 'down' && path.length > 0 && inner.length === 0
    ? [path.join('.')]
    : [...new Set(inner)];
}
