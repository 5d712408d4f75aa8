import { apiBasePath, type Route } from './route.ts';

/** A route that a request names, with its path parameters. */
export interface RouteMatch<D> {
  route: Route<D>;
  params: Record<string, string>;
}

interface Candidate<D> {
  route: Route<D>;
  /** The segments of its path; a parameter is an object. */
  segments: readonly (string | { parameter: string })[];
}

/** Paths that Express would find without decoding or normalising anything. */
const simplePath = /^[\w./~-]+$/;

/**
 * Finds the route of a plain `GET`: a simple path, in the case of its declaration, without a slash at its end. Returns
 * undefined for everything else, which Express answers. Where both would find a route it is the same one: the first
 * that was declared.
 */
export function createDirectRoutes<D>(
  routes: readonly Route<D>[],
): (method: string | undefined, path: string) => RouteMatch<D> | undefined {
  const byLength = new Map<number, Candidate<D>[]>();
  for (const route of routes) {
    if (route.definition.method !== 'get' || route.definition.input?.body) continue;
    const segments = segmentsOf(route.definition.path).map((segment) =>
      segment.startsWith('{') ? { parameter: segment.slice(1, -1) } : segment,
    );
    byLength.set(segments.length, [...(byLength.get(segments.length) ?? []), { route, segments }]);
  }
  return (method, path) => {
    if (method !== 'GET' || !path.startsWith(`${apiBasePath}/`) || !simplePath.test(path)) return undefined;
    const given = segmentsOf(path.slice(apiBasePath.length));
    for (const { route, segments } of byLength.get(given.length) ?? []) {
      const params = matchSegments(segments, given);
      if (params) return { route, params };
    }
    return undefined;
  };
}

function matchSegments(
  segments: Candidate<unknown>['segments'],
  given: readonly string[],
): Record<string, string> | undefined {
  for (let i = 0; i < segments.length; i += 1) {
    const segment = segments[i];
    if (typeof segment === 'string' ? segment !== given[i] : given[i] === '') return undefined;
  }
  const params: Record<string, string> = {};
  for (let i = 0; i < segments.length; i += 1) {
    const segment = segments[i];
    if (typeof segment === 'object') params[segment.parameter] = given[i] as string;
  }
  return params;
}

function segmentsOf(path: string): string[] {
  return path.slice(1).split('/');
}
