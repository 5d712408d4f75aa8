import { describe, expect, it } from '@jest/globals';
import { defineConsumers } from '@lms/events';
import { defineRoute } from '@lms/http';
import type { Schedules } from './declaration.ts';
import { defineService } from './define-service.ts';
import { declaration, notes, routes } from './testing/sample-service.ts';

const publicRoute = defineRoute({
  ...{ method: 'get', path: '/hello', summary: 'Hello', tag: 'Notes', auth: 'public' },
  output: { status: 204 },
  handler: async () => undefined,
});

describe('a declaration', () => {
  it('describes its routes as OpenAPI, with the name and version of the service', () => {
    expect(notes.openApi()).toMatchObject({
      info: { title: 'LMS notes', version: '1.2.3' },
      paths: { '/greeting': {}, '/notes': {}, '/me': {} },
    });
  });

  it('handles session.revoked without declaring it', () => {
    expect(notes.consumers.types).toEqual(['user.deleted', 'session.revoked']);
  });

  it('without a database has no background work, no readiness checks and no migrate', () => {
    const plain = defineService({
      ...{ name: 'plain', version: '1.0.0', routes: [publicRoute] },
      variables: { REDIS_URL: declaration.variables.REDIS_URL },
      createDeps: () => ({ deps: {} }),
    });
    expect(plain.migrate).toBeUndefined();
    expect(Object.keys(plain.ready({} as never))).toEqual(['redis']);
    expect(plain.background({} as never, {} as never)).toEqual([]);
  });
});

describe('a declaration is refused', () => {
  it('when a schedule has no job', () => {
    const define = () => defineService({ ...declaration, schedules: { sweep: '0 3 * * *' } });
    expect(define).toThrow('service notes: the schedule "sweep" has no job of that name');
  });

  it('when a route is not public and accessTokenKeys is missing', () => {
    const { accessTokenKeys: _keys, ...rest } = declaration;
    expect(() => defineService(rest)).toThrow('the route POST /notes is not public');
  });

  it('when a route is declared twice', () => {
    const define = () => defineService({ ...declaration, routes: [...routes, publicRoute, publicRoute] });
    expect(define).toThrow('the route GET /hello is declared twice');
  });

  it('when it has a job with the name of one that every service has', () => {
    const define = () =>
      defineService({
        ...declaration,
        jobs: { ...declaration.jobs, maintain_partitions: async () => undefined },
      });
    expect(define).toThrow('the job "maintain_partitions" exists already');
  });

  it('when it handles session.revoked itself', () => {
    const consumers = defineConsumers({ 'session.revoked': async () => undefined });
    expect(() => defineService({ ...declaration, consumers })).toThrow(
      'session.revoked has a handler already',
    );
  });

  it('when a command has the name of a mode', () => {
    const define = () => defineService({ ...declaration, commands: { migrate: async () => undefined } });
    expect(define).toThrow('the command "migrate" has the name of a mode');
  });

  it('with all of its problems at once', () => {
    const define = () =>
      defineService({
        ...declaration,
        ...{ schedules: { sweep: '0 3 * * *' }, commands: { worker: async () => undefined } },
      });
    expect(define).toThrow(/sweep.*; .*worker/);
  });
});

describe('the types of a declaration', () => {
  it('require every dependency that routes and jobs use, a job for each schedule, and the variables of the clients', () => {
    // @ts-expect-error `greeting` is missing
    defineService({ ...declaration, createDeps: () => ({ deps: {} }) });
    // @ts-expect-error there is no job of that name
    const schedules: Schedules<typeof declaration.jobs> = { sweep: '0 3 * * *' };
    const { DATABASE_URL: _url, ...variables } = declaration.variables;
    // @ts-expect-error a database needs its URL
    defineService({ ...declaration, variables });
    expect(schedules).toBeDefined();
  });
});
