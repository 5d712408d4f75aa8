import { type BodyReader, bodyReader } from './read-input.ts';
import { apiBasePath, isBytesBody, type Route } from './route.ts';

/** A route that a request names, with its path parameters. */
export interface RouteMatch<D> {
  route: Route<D>;
  params: Record<string, string>;
  /** Absent if the route has no body. */
  readBody: BodyReader | undefined;
}

interface Candidate<D> {
  route: Route<D>;
  readBody: BodyReader | undefined;
  /** The segments of its path; a parameter is an object. */
  segments: readonly (string | { parameter: string })[];
}

/** Paths that Express would find without decoding or normalising anything. */
const simplePath = /^[\w./~-]+$/;

/**
 * Finds the route of a plain request: a simple path, in the case of its declaration, without a slash at its end, and no
 * body or JSON. Returns undefined for everything else, which Express answers. Where both would find a route it is the
 * same one: the first that was declared.
 */
export function createDirectRoutes<D>(
  routes: readonly Route<D>[],
): (method: string | undefined, path: string) => RouteMatch<D> | undefined {
  /** By method, then by the number of segments. */
  const candidates = new Map<string, Candidate<D>[][]>();
  for (const route of routes) {
    const { method, path, input } = route.definition;
    if (isBytesBody(input?.body)) continue;
    const segments = segmentsOf(path).map((segment) =>
      segment.startsWith('{') ? { parameter: segment.slice(1, -1) } : segment,
    );
    const ofMethod = candidates.get(method.toUpperCase()) ?? [];
    candidates.set(method.toUpperCase(), ofMethod);
    const ofLength = ofMethod[segments.length] ?? [];
    ofMethod[segments.length] = ofLength;
    ofLength.push({ route, segments, readBody: input?.body ? bodyReader(route) : undefined });
  }
  return (method, path) => {
    const ofMethod = candidates.get(method ?? '');
    if (!ofMethod || !path.startsWith(`${apiBasePath}/`) || !simplePath.test(path)) return undefined;
    const given = segmentsOf(path.slice(apiBasePath.length));
    for (const { route, segments, readBody } of ofMethod[given.length] ?? []) {
      const params = matchSegments(segments, given);
      if (params) return { route, params, readBody };
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
