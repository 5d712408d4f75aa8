/** Checks that Traefik exposes no private paths, and its response for unknown routes. Returns the problems. */
export async function checkIngress(baseUrl: string): Promise<string[]> {
  const origin = new URL(baseUrl).origin;
  const problems: string[] = [];
  const status = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(origin + path, { ...init, signal: AbortSignal.timeout(10_000) });
    return {
      status: answer.status,
      type: answer.headers.get('content-type') ?? '',
      text: await answer.text(),
    };
  };
  for (const path of ['/livez', '/readyz', '/metrics', '/api/v1/authx', '/api/v1', '/cdn/users/x', '/']) {
    const answer = await status(path);
    if (answer.status !== 404) problems.push(`${path} answers ${answer.status}, not 404`);
  }
  const unknown = await status('/api/v1/nothing-here');
  if (!unknown.type.includes('application/problem+json'))
    problems.push(`a path without a route is answered with ${unknown.type}, not with a problem`);
  const unsigned = await status('/lms-files/lessons/x', { method: 'PUT', body: 'x' });
  if (unsigned.status !== 403)
    problems.push(`an unsigned PUT into the bucket answers ${unsigned.status}, not 403`);
  const health = await status('/api/v1/health');
  if (health.status !== 200)
    problems.push(`/api/v1/health answers ${health.status}: ${health.text.slice(0, 300)}`);
  return problems;
}
