import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generateClients } from './generate.ts';

let root: string;
const schemaOf = (field: string) => `
  generator client {
    provider            = "prisma-client"
    output              = "../src/generated/prisma"
    importFileExtension = "ts"
  }
  datasource db {
    provider = "postgresql"
  }
  model Word {
    id String @id
    ${field}
  }`;
const writeSchema = (service: string, text: string) =>
  writeFile(join(root, 'services', service, 'prisma/schema.prisma'), text);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'lms-generate-'));
  await mkdir(join(root, 'libs'));
  await mkdir(join(root, 'services/without'), { recursive: true });
  for (const service of ['shop', 'stock', 'till']) {
    await mkdir(join(root, 'services', service, 'prisma'), { recursive: true });
    await writeSchema(service, schemaOf('text String'));
    await writeFile(
      join(root, 'services', service, 'prisma.config.ts'),
      `import { prismaConfigOf } from '${join(import.meta.dirname, 'prisma-config.ts')}';
       export default prismaConfigOf('${service}');`,
    );
  }
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('generateClients', () => {
  it('generates a client for every schema, and afterwards only for schemas that changed', async () => {
    expect(await generateClients(undefined, { root })).toEqual(['shop', 'stock', 'till']);
    expect(await generateClients(undefined, { root })).toEqual([]);
    await writeSchema('stock', schemaOf('amount Int'));
    expect(await generateClients(undefined, { root })).toEqual(['stock']);
    const model = join(root, 'services/stock/src/generated/prisma/models/Word.ts');
    expect(await readFile(model, 'utf8')).toContain('amount');
    expect(await generateClients(['shop'], { root, force: true })).toEqual(['shop']);
  });

  it('reports what is wrong with a schema, and tries again the next time', async () => {
    await writeSchema('till', schemaOf('amount Nonsense'));
    await expect(generateClients(['till'], { root })).rejects.toThrow(/services\/till[\s\S]*Nonsense/);
    await expect(generateClients(['till'], { root })).rejects.toThrow('Nonsense');
    await writeSchema('till', schemaOf('amount Int'));
    expect(await generateClients(['till'], { root })).toEqual(['till']);
  });
});
