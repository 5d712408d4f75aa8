/**
 * The dependency rules of ARCHITECTURE.md. `npm run lint` checks them; tools/src/lint/dependency-rules.test.ts
 * proves on tools/lint-fixtures that each of them can fail.
 */
/** The storeys of the house, the ground floor first: each may import what is below it, and nothing above. */
const storeys = ['libs', 'services', 'ops', 'tools', '(?:k8s|e2e)', 'proof'];
const noArrowUpwards = storeys.slice(0, -1).map((storey, floor) => ({
  name: `no-arrow-upwards-from-${storey.replace(/\W+/g, '-').replace(/^-|-$/g, '')}`,
  comment: 'libs < services < ops < tools < k8s, e2e < proof: what ships never needs what only tests it.',
  severity: 'error',
  from: { path: `^${storey}/` },
  to: { path: `^(?:${storeys.slice(floor + 1).join('|')})/` },
}));

const onlyInLibs = (name, packages, lib) => ({
  name: `${name}-only-in-libs`,
  comment: `${name} is used through ${lib}, so that it can be replaced and is configured in one place.`,
  severity: 'error',
  from: { path: '(^|/)(services|e2e)/', pathNot: '\\.test\\.ts$|/testing/' },
  to: { path: `(^|/)node_modules/(${packages.join('|')})/` },
});

module.exports = {
  forbidden: [
    ...noArrowUpwards,
    {
      name: 'services-never-import-each-other',
      comment: 'Services talk by events.',
      severity: 'error',
      from: { path: '(^|/)services/([^/]+)/' },
      to: { path: '(^|/)services/', pathNot: '(^|/)services/$2/' },
    },
    {
      name: 'prisma-only-in-stores',
      comment: 'A query lives in <noun>-store.ts; deps.ts makes the client.',
      severity: 'error',
      from: {
        path: '(^|/)services/',
        pathNot: '(-store|/deps|\\.test)\\.ts$|/generated/|/testing/|prisma\\.config\\.ts$',
      },
      to: {
        path: '/generated/prisma/|(^|/)node_modules/(@prisma/client|prisma)/',
        dependencyTypesNot: ['type-only'],
      },
    },
    onlyInLibs('kafka', ['kafkajs', '@platformatic/kafka'], '@lms/events'),
    onlyInLibs('redis', ['ioredis', 'rate-limiter-flexible'], '@lms/redis and @lms/http'),
    onlyInLibs('prometheus', ['prom-client'], '@lms/runtime'),
    {
      ...onlyInLibs('jwt', ['jose', 'jsonwebtoken', 'fast-jwt'], '@lms/http (verifying)'),
      from: {
        path: '(^|/)(services|e2e)/',
        pathNot: '\\.test\\.ts$|/testing/|(^|/)services/auth/src/tokens/',
      },
    },
    {
      name: 'no-circular',
      severity: 'error',
      from: { pathNot: '/generated/' },
      // A cycle that is closed by types alone does not exist at run time.
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: { pathNot: '/generated/' },
      to: { couldNotResolve: true, pathNot: '/generated/' },
    },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(?!.*node_modules/).*(^|/)(dist|seed-course)/' },
    tsPreCompilationDeps: true,
    detectProcessBuiltinModuleCalls: false,
    enhancedResolveOptions: {
      extensions: ['.ts', '.mjs', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};
