import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export { recordEffects } from './fixture/fixture-consumers.ts';
export { createFixturePrisma } from './fixture/fixture-database.ts';
export { type FixtureOptions, type FixtureReport, origins } from './fixture/fixture-options.ts';
export { writeOne, writeSteadily } from './fixture/write-steadily.ts';

/** Program of the fixture service; takes `FixtureOptions` as JSON in its first argument. */
export const fixtureServiceProgram = join(import.meta.dirname, 'fixture/fixture-service.ts');

/** Tables of the event backbone and of the fixture service, for the schema that the search path names. */
export function fixtureTables(): string {
  const read = (file: string) => readFileSync(new URL(file, import.meta.url), 'utf8');
  return `${read('../sql/backbone.sql')}\n${read('./fixture/fixture.sql')}`;
}
