import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { serviceNames } from '@lms/tools/stack/services';

const repo = join(import.meta.dirname, '../../..');
const read = (file: string) => readFileSync(join(repo, file), 'utf8');
const services = serviceNames.map((name) => `services/${name}/Dockerfile`);
const all = globSync(['services/*/Dockerfile', 'docker/tools/Dockerfile', 'ops/Dockerfile'], {
  cwd: repo,
}).sort();
/** Instructions with continued lines joined and without comments. */
const instructions = (file: string) =>
  read(file)
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter(Boolean);
const last = (file: string) => {
  const lines = instructions(file);
  return lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));
};

describe('Dockerfiles', () => {
  it('exist for every service', () => {
    expect(all).toEqual(expect.arrayContaining(services));
  });

  it.each(all)('%s has the same first stages as all others, so that their layers are shared', (file) => {
    const shared = (path: string) =>
      read(path).slice(read(path).indexOf('ARG BASE_IMAGE'), read(path).indexOf('FROM sources AS build'));
    expect(shared(file).length).toBeGreaterThan(300);
    expect(shared(file)).toBe(shared('services/media/Dockerfile'));
  });

  it.each(['auth', 'content', 'ai'])('the one of %s differs from that of media only in names', (name) => {
    const neutral = (service: string) =>
      read(`services/${service}/Dockerfile`)
        .replaceAll(new RegExp(`\\b${service}\\b`, 'g'), 'NAME')
        .replace(/description="[^"]+"/, '');
    expect(neutral(name)).toBe(neutral('media'));
  });

  it.each(all)('%s works with old builders: no syntax line, no heredoc, no linked copy', (file) => {
    expect(read(file)).not.toMatch(/^#\s*syntax=|<<-?['"]?[A-Z]+|--link|--parents/m);
  });

  it.each(all)(
    '%s ends in a stage on the base: numeric user, node as first process, no TypeScript, no npm',
    (file) => {
      const stage = last(file);
      expect(stage[0]).toMatch(/^FROM \$\{BASE_IMAGE\} AS runtime$/);
      expect(stage.filter((line) => line.startsWith('USER '))).toEqual(['USER 10001:10001']);
      expect(stage.find((line) => line.startsWith('ENTRYPOINT '))).toMatch(/^ENTRYPOINT \["node", /);
      expect(stage.find((line) => line.startsWith('CMD '))).toMatch(/^CMD \["[a-z]+"\]$/);
      for (const copy of stage.filter((line) => line.startsWith('COPY ')))
        expect(copy).toMatch(
          /\/dist |\/dist\/image |\/prisma\/migrations |healthcheck\.mjs |command\.sh |--from=postgres \/client\/(bin|lib)\/ /,
        );
      expect(stage.find((line) => line.startsWith('RUN '))).toMatch(
        /^RUN rm -rf \/usr\/local\/lib\/node_modules/,
      );
      expect(stage.join('\n')).toContain('org.opencontainers.image.revision=');
    },
  );

  it("the one of ops uses a pg_dump of the server's version, built for the Debian of the base", () => {
    const [, major] = /^\s+image: postgres:(\d+)$/m.exec(read('docker-compose.yml')) ?? [];
    const file = read('ops/Dockerfile');
    const [, debian] = /^ARG BASE_IMAGE=node:\d+-(\w+)-slim$/m.exec(file) ?? [];
    expect(file).toContain(`ARG POSTGRES_IMAGE=postgres:${major}-${debian}\n`);
    expect(file).toContain(`/usr/lib/postgresql/${major}/bin/pg_dump`);
  });

  it.each(services)('%s has a health check and a stage for development', (file) => {
    expect(last(file).find((line) => line.startsWith('HEALTHCHECK '))).toContain(
      'CMD ["node", "/app/healthcheck.mjs"]',
    );
    expect(instructions(file)).toContain('FROM build AS dev');
  });

  it.each(all)('%s copies only files of the context that .dockerignore includes', (file) => {
    const allowed = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    for (const line of instructions(file).filter(
      (copy) => copy.startsWith('COPY ') && !copy.includes('--from='),
    )) {
      const sources = line
        .split(' ')
        .slice(1, -1)
        .filter((word) => !word.startsWith('--') && word !== '.');
      for (const source of sources)
        expect([source, allowed.some((path) => source === path || source.startsWith(`${path}/`))]).toEqual([
          source,
          true,
        ]);
    }
  });
});

describe('.dockerignore', () => {
  it('includes only named paths, and never environment files, installed packages or keys', () => {
    const lines = read('.dockerignore')
      .split('\n')
      .filter((line) => line && !line.startsWith('#'));
    expect(lines[0]).toBe('*');
    const afterLastAllowed = lines.slice(lines.findLastIndex((line) => line.startsWith('!')) + 1);
    expect(afterLastAllowed).toEqual(
      expect.arrayContaining(['**/.env*', '**/node_modules', '**/dist', '**/generated', '**/*.test.ts']),
    );
  });
});
