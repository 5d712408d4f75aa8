import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { findBreakingChanges, publishedSchema } from './compatibility.ts';
import type { EventContract } from './define-event.ts';

/** Name of the file in `schemas/` that holds a published contract. */
export function schemaFile({ type, version }: Pick<EventContract, 'type' | 'version'>): string {
  return `${type}.v${version}.json`;
}

/**
 * Writes the schemas of contracts into `folder`.
 * @throws Error that names every change that would break readers; then nothing is written.
 */
export function writeSchemas(contracts: EventContract[], folder: URL): void {
  const schemas = contracts.map((contract) => ({
    file: new URL(schemaFile(contract), folder),
    schema: publishedSchema(contract),
  }));
  const breaking = schemas.flatMap(({ file, schema }) =>
    existsSync(file)
      ? findBreakingChanges(JSON.parse(readFileSync(file, 'utf8')), schema).map(
          (change) => `${schema.type}: ${change}`,
        )
      : [],
  );
  if (breaking.length > 0)
    throw new Error(['These changes need a new version of the event:', ...breaking].join('\n  '));
  mkdirSync(folder, { recursive: true });
  for (const { file, schema } of schemas) writeFileSync(file, `${JSON.stringify(schema, null, 2)}\n`);
}
