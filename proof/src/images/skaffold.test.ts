import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { serviceNames } from '@lms/tools/stack/services';
import { Ajv } from 'ajv';
import { parse } from 'yaml';

const repo = join(import.meta.dirname, '../../..');
const read = (file: string) => readFileSync(join(repo, file), 'utf8');

/** The parts of skaffold's configuration that are tested here. */
interface SkaffoldConfig {
  build: {
    artifacts: {
      image: string;
      docker: { dockerfile: string; target?: string };
      sync?: { manual: { src: string; dest: string; strip: string }[] };
    }[];
  };
  deploy: {
    helm: {
      releases: { chartPath: string; valuesFiles?: string[]; setValueTemplates?: Record<string, string> }[];
    };
  };
  portForward?: { resourceName: string }[];
  profiles?: { name: string; patches?: { op: string; path: string; value?: unknown }[] }[];
}

const config = parse(read('skaffold.yaml'), { merge: true }) as SkaffoldConfig;
const patchesOf = (name: string) => config.profiles?.find((profile) => profile.name === name)?.patches ?? [];

/** The configuration with a profile's patches, applied like skaffold does (RFC 6902). */
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
  return patched as unknown as SkaffoldConfig;
}

/** Skaffold's own schema for the version that the file names; k8s/schemas/README.md names its source. */
const { schema, version } = JSON.parse(read('k8s/schemas/skaffold.json')) as {
  schema: object;
  version: string;
};
const validate = new Ajv({ strict: false, allErrors: true }).compile(schema);

describe('skaffold.yaml', () => {
  it('matches skaffold’s own schema, with every profile', () => {
    expect(config).toMatchObject({ apiVersion: version, kind: 'Config' });
    for (const variant of [config, ...['local', 'staging', 'production'].map(withProfile)])
      expect([validate(variant), validate.errors]).toEqual([true, null]);
  });

  it('is invalid with a field that is misspelt, misplaced or of another type', () => {
    expect(validate({ ...config, portForwards: [] })).toBe(false);
    expect(validate({ ...config, build: { ...config.build, releases: [] } })).toBe(false);
    expect(validate({ ...config, portForward: [{ resourceName: 'lms-auth', port: [3000] }] })).toBe(false);
  });

  it('builds an image for every service from its Dockerfile, and hands each to the chart', () => {
    const { artifacts } = config.build;
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
    'the profile %s changes existing fields, and uses values files that exist',
    (name) => {
      const { deploy } = withProfile(name);
      for (const file of deploy.helm.releases.flatMap(({ valuesFiles }) => valuesFiles ?? []))
        expect([file, existsSync(join(repo, file))]).toEqual([file, true]);
      for (const { chartPath } of deploy.helm.releases)
        expect(existsSync(join(repo, chartPath, 'Chart.yaml'))).toBe(true);
    },
  );

  it('copies changed files to where the stage dev runs them', () => {
    for (const { image, docker, sync } of withProfile('local').build.artifacts) {
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
