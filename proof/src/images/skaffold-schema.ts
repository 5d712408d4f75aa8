import { z } from 'zod';

/**
 * The part of skaffold's published schema v4beta13 that skaffold.yaml uses, and no more: a field that is
 * misspelt or misplaced is refused. Names and kinds are those of skaffold's reference (skaffold.yaml, v4beta13).
 */
const dockerArtifact = z.strictObject({
  dockerfile: z.string(),
  target: z.string().optional(),
  buildArgs: z.record(z.string(), z.string()).optional(),
  cacheFrom: z.array(z.string()).optional(),
});

const syncRule = z.strictObject({ src: z.string(), dest: z.string(), strip: z.string().optional() });

const artifact = z.strictObject({
  image: z.string(),
  context: z.string().optional(),
  docker: dockerArtifact,
  sync: z.strictObject({ manual: z.array(syncRule) }).optional(),
  platforms: z.array(z.string()).optional(),
});

const gitCommit = z.strictObject({
  variant: z.enum(['Tags', 'CommitSha', 'AbbrevCommitSha', 'TreeSha', 'AbbrevTreeSha']).optional(),
  prefix: z.string().optional(),
  ignoreChanges: z.boolean().optional(),
});

const build = z.strictObject({
  artifacts: z.array(artifact).optional(),
  tagPolicy: z.strictObject({ gitCommit }).optional(),
  platforms: z.array(z.string()).optional(),
  local: z
    .strictObject({
      push: z.boolean().optional(),
      useBuildkit: z.boolean().optional(),
      concurrency: z.int().min(0).optional(),
      tryImportMissing: z.boolean().optional(),
    })
    .optional(),
});

const helmRelease = z.strictObject({
  name: z.string(),
  chartPath: z.string(),
  namespace: z.string().optional(),
  createNamespace: z.boolean().optional(),
  valuesFiles: z.array(z.string()).optional(),
  setValues: z.record(z.string(), z.string()).optional(),
  setValueTemplates: z.record(z.string(), z.string()).optional(),
  wait: z.boolean().optional(),
  upgradeOnChange: z.boolean().optional(),
});

const deploy = z.strictObject({
  helm: z.strictObject({
    releases: z.array(helmRelease),
    flags: z
      .strictObject({
        global: z.array(z.string()).optional(),
        install: z.array(z.string()).optional(),
        upgrade: z.array(z.string()).optional(),
      })
      .optional(),
  }),
});

const portForward = z.strictObject({
  resourceType: z.enum(['service', 'deployment', 'pod']),
  resourceName: z.string(),
  namespace: z.string().optional(),
  port: z.int(),
  localPort: z.int().optional(),
  address: z.string().optional(),
});

const patch = z.strictObject({
  op: z.enum(['add', 'remove', 'replace', 'move', 'copy', 'test']),
  path: z.string().startsWith('/'),
  value: z.unknown().optional(),
});

const profile = z.strictObject({
  name: z.string(),
  activation: z
    .array(
      z.strictObject({
        command: z.string().optional(),
        env: z.string().optional(),
        kubeContext: z.string().optional(),
      }),
    )
    .optional(),
  build: build.optional(),
  patches: z.array(patch).optional(),
});

export const skaffoldConfig = z.strictObject({
  apiVersion: z.literal('skaffold/v4beta13'),
  kind: z.literal('Config'),
  metadata: z.strictObject({ name: z.string() }).optional(),
  build,
  deploy,
  portForward: z.array(portForward).optional(),
  profiles: z.array(profile).optional(),
});

export type SkaffoldConfig = z.infer<typeof skaffoldConfig>;
