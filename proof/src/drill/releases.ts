import type { Variant } from './derive-images.ts';

/** Placeholder in the values file for the drill's images. */
export const registry = 'localhost:5000/lms/lms-';
export const services = ['auth', 'content', 'media', 'ai', 'status'] as const;

const migrations = '/app/prisma/migrations';
/** The expand migration that release B adds to content. */
export const expandMigration = '29991231000000_drill_expand';
export const addedColumn = { schema: 'content', table: 'courses', column: 'drill_note' };
const brokenMigration = '29991231000001_drill_broken';

const migration = (name: string, up: string, down: string) => ({
  [`${migrations}/${name}/migration.sql`]: `${up}\n`,
  [`${migrations}/${name}/down.sql`]: `${down}\n`,
});

const expand = migration(
  expandMigration,
  'ALTER TABLE "courses" ADD COLUMN "drill_note" TEXT;',
  'ALTER TABLE "courses" DROP COLUMN "drill_note";',
);

/** Starts like the service, but only to migrate. */
const crashing = `if (process.argv[2] !== 'migrate') {
  console.error('drill: this release crashes');
  process.exit(1);
}
await import('/app/dist/main.js');
`;

/** Releases of content other than A, by tag. B works; each of the others is broken in one way. */
export const variants: Variant[] = [
  { tag: `${registry}content:b`, files: expand },
  {
    tag: `${registry}content:crash`,
    files: { ...expand, '/app/crash.mjs': crashing },
    entrypoint: ['node', '/app/crash.mjs'],
  },
  // The image has a migration that is never applied, because the Job is disabled; so it never becomes ready.
  {
    tag: `${registry}content:unready`,
    files: migration('29991231000002_drill_unapplied', 'SELECT 1;', 'SELECT 1;'),
  },
  {
    tag: `${registry}content:bad-migration`,
    files: migration(brokenMigration, 'ALTER TABLE "no_such_table" ADD COLUMN "x" TEXT;', 'SELECT 1;'),
  },
];
