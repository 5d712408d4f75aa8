import { describe, expect, it } from '@jest/globals';
import type { Manifest } from './manifests.ts';
import { schemaProblems } from './schema-problems.ts';

const service = (spec: object): Manifest => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'auth' },
  spec,
});

describe('schemaProblems', () => {
  it('accepts what the API server accepts', () => {
    expect(
      schemaProblems(service({ selector: { a: 'b' }, ports: [{ port: 80, targetPort: 'http' }] })),
    ).toEqual([]);
  });

  it.each([
    ['an unknown field', { ports: [{ port: 80, targetport: 1 }] }, /additional properties.*targetport/],
    ['a wrong type', { ports: [{ port: '80' }] }, /ports\/0\/port must be integer/],
    ['a missing field', { ports: [{ targetPort: 80 }] }, /must have required property 'port'/],
  ])('refuses %s', (_what, spec, problem) => {
    expect(schemaProblems(service(spec)).join('\n')).toMatch(problem);
  });

  it('refuses unknown fields of custom resources too', () => {
    const route: Manifest = {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'x' },
      spec: { hostnames: ['a.example'], rules: [{ match: [] }] },
    };
    expect(schemaProblems(route).join('\n')).toMatch(/additional properties.*match/);
  });

  it('reports a kind that has no schema', () => {
    expect(schemaProblems({ apiVersion: 'v1', kind: 'Servce', metadata: { name: 'x' } })).toEqual([
      'Servce/x: no schema for v1 Servce in k8s/schemas',
    ]);
  });
});
