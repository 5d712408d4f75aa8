import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CollectionTag, parse, type ScalarTag } from 'yaml';

const repo = join(import.meta.dirname, '../../..');

export interface ComposeService {
  image?: string;
  build?: { context: string; dockerfile: string; target?: string } | null;
  environment?: Record<string, string | null>;
  command?: string[];
  container_name?: string;
  depends_on?: Record<string, { condition: string }> | null;
  deploy?: { resources?: { limits?: { cpus?: string; memory?: string } } };
  healthcheck?: { test?: string[]; disable?: boolean };
  network_mode?: string;
  ports?: string[] | null;
  profiles?: string[];
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  volumes?: string[];
  develop?: { watch: { action: string; path: string; target?: string }[] };
}

export interface ComposeFile {
  name: string;
  services: Record<string, ComposeService>;
  volumes?: Record<string, unknown>;
}

/** Compose's own tags, which replace (`!override`) or remove (`!reset`) values of the previous file. */
const tags: (ScalarTag | CollectionTag)[] = [
  { tag: '!reset', resolve: () => null },
  { tag: '!override', collection: 'map', resolve: (map) => map },
  { tag: '!override', collection: 'seq', resolve: (list) => list },
];

/** Reads a compose file and applies merge keys, but does not replace variables. */
export function readComposeFile(path: string): ComposeFile {
  const options = { merge: true, customTags: tags, maxAliasCount: -1 };
  return parse(readFileSync(join(repo, path), 'utf8'), options) as ComposeFile;
}

/**
 * Replaces `${NAME}`, `${NAME:-default}` and `${NAME:?message}` like Compose.
 * @throws Error for a required variable that is not set.
 */
export function interpolate(text: string, env: Record<string, string>): string {
  const inner = /\$\{([A-Z0-9_]+)(?::([-?])((?:[^{}]|\$\{[^{}]*\})*))?\}/g;
  return text.replace(inner, (_whole, name: string, kind?: string, rest = '') => {
    if (env[name]) return env[name];
    if (kind === '?') throw new Error(`${name}: ${rest}`);
    return kind === '-' ? interpolate(rest, env) : '';
  });
}

/** The environment of a service's container, merged from its `environment` in each of the files. */
export function environmentOf(
  files: ComposeFile[],
  service: string,
  env: Record<string, string>,
): Record<string, string> {
  const merged = Object.assign(
    {},
    ...files.map((file) => file.services[service]?.environment ?? {}),
  ) as Record<string, string | null>;
  return Object.fromEntries(
    Object.entries(merged).map(([name, value]) => [name, interpolate(String(value ?? ''), env)]),
  );
}
