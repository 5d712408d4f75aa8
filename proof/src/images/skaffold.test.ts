import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serviceNames } from '@lms/tools/stack/services';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type SkaffoldConfig, skaffoldConfig } from './skaffold-schema.ts';

const repo = join(import.meta.dirname, '../../..');
const read = (file: string) => readFileSync(join(repo, file), 'utf8');
const config = parse(read('skaffold.yaml'), { merge: true }) as SkaffoldConfig;
const patchesOf = (name: string) => config.profiles?.find((profile) => profile.name === name)?.patches ?? [];

/** The configuration with a profile's patches, as skaffold applies them: RFC 6902. */
function withProfile(name: string): SkaffoldConfig {
  const patched = structuredClone(config) as unknown as Record<string, unknown>;
  for (const { op, path, value } of patchesOf(name)) {
    const keys = path.slice(1).split('/');
    const key = keys.pop() as string;
    const parent = keys.reduce<Record<string, unknown>>((node, part) => {
      expect([path, part in node]).toEqual([path, true]);
      return node[part] as Record<string, unknown>;
    }, patched);
    if (op === 'replace') expect([path, key in parent]).toEqual([path, true]);
    parent[key] = value;
  }
  return skaffoldConfig.parse(patched);
}

/** The schema as skaffold publishes it, at a commit of its repository; none where that cannot be reached. */
const publishedSchema =
  'https://raw.githubusercontent.com/GoogleContainerTools/skaffold/19cc43af32dc01eb890675ff133b7e744532ffab/docs-v2/content/en/schemas/v4beta13.json';
const published = await fetch(publishedSchema, { signal: AbortSignal.timeout(5_000) })
  .then((response) => (response.ok ? (response.json() as Promise<object>) : undefined))
  .catch(() => undefined);
const mustBeReached = process.env.GITHUB_ACTIONS === 'true';
if (!published)
  console.warn(`SKIPPED: skaffold.yaml against the published schema, not to be had: ${publishedSchema}`);

describe('skaffold.yaml', () => {
  it.skipIf(!published && !mustBeReached)('is valid by the published schema, with every profile', () => {
    const validate = new Ajv({ strict: false, allErrors: true }).compile(published ?? {});
    for (const variant of [config, ...['local', 'staging', 'production'].map(withProfile)])
      expect([validate(variant), validate.errors]).toEqual([true, null]);
    expect(validate({ ...config, portForwards: [] })).toBe(false);
  });

  it('is what our strict copy of the part of schema v4beta13 that it uses allows', () => {
    expect(skaffoldConfig.safeParse(config).error).toBeUndefined();
    expect(skaffoldConfig.safeParse({ ...config, portForwards: [] }).success).toBe(false);
  });

  it('builds an image for every service from its Dockerfile, and hands each to the chart', () => {
    const artifacts = config.build.artifacts ?? [];
    const [release] = config.deploy.helm.releases;
    for (const service of serviceNames) {
      const found = artifacts.find(({ image }) => image === `lms-${service}`);
      expect(found?.docker).toEqual({ dockerfile: `services/${service}/Dockerfile`, target: 'runtime' });
      expect(release?.setValueTemplates).toMatchObject({
        [`services.${service}.image.repository`]: `{{.IMAGE_REPO_lms_${service}}}`,
        [`services.${service}.image.tag`]: `{{.IMAGE_TAG_lms_${service}}}`,
      });
      expect(config.portForward?.map(({ resourceName }) => resourceName)).toContain(`lms-${service}`);
    }
    for (const { docker } of artifacts)
      expect([docker.dockerfile, existsSync(join(repo, docker.dockerfile))]).toEqual([
        docker.dockerfile,
        true,
      ]);
  });

  it.each(['local', 'staging', 'production'])(
    'the profile %s changes what is there, with values that exist',
    (name) => {
      const { deploy } = withProfile(name);
      for (const file of deploy.helm.releases.flatMap(({ valuesFiles }) => valuesFiles ?? []))
        expect([file, existsSync(join(repo, file))]).toEqual([file, true]);
      for (const { chartPath } of deploy.helm.releases)
        expect(existsSync(join(repo, chartPath, 'Chart.yaml'))).toBe(true);
    },
  );

  it('copies changed files to where the stage dev runs them', () => {
    for (const { image, docker, sync } of withProfile('local').build.artifacts ?? []) {
      if (image === 'lms-ops') continue;
      expect(docker.target).toBe('dev');
      expect(read(docker.dockerfile)).toContain(' AS dev\n');
      const service = image.replace('lms-', '');
      expect(sync?.manual).toEqual([
        {
          src: `services/${service}/src/**/*.ts`,
          dest: `/tmp/repo/services/${service}/src`,
          strip: `services/${service}/src/`,
        },
        { src: 'libs/**/*.ts', dest: '/tmp/repo/libs', strip: 'libs/' },
      ]);
    }
  });
});
