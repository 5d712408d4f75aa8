import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { routes } from './routes.ts';
import { content } from './service.ts';

test('the API document describes every route', () => {
  const { paths } = content.openApi() as { paths: Record<string, Record<string, object>> };
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path.replace('/api/v1', '')}`),
  );
  expect(described.sort()).toEqual(
    routes.map(({ definition: { method, path } }) => `${method} ${path}`).sort(),
  );
});

test('no route is public, and routes that change courses are for editors', () => {
  for (const { definition } of routes) {
    const { auth, method, path, tag } = definition;
    expect([path, auth === 'public']).toEqual([path, false]);
    const changesCourses = method !== 'get' && path.startsWith('/courses') && !path.endsWith('/enrollment');
    expect([path, typeof auth === 'object']).toEqual([path, changesCourses || tag === 'Course editing']);
  }
});

test('the ingress sends every route here', () => {
  const file = join(import.meta.dirname, '../../../charts/lms/routes.yaml');
  const table = parse(readFileSync(file, 'utf8')).routes as { path: string; service: string }[];
  const mine = table.filter(({ service }) => service === 'content').map(({ path }) => path);
  for (const { definition } of routes) {
    const path = `/api/v1${definition.path}`;
    expect([path, mine.some((prefix) => path === prefix || path.startsWith(`${prefix}/`))]).toEqual([
      path,
      true,
    ]);
  }
});
