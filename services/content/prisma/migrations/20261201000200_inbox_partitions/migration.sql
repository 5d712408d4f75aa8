-- Old days are dropped instead of deleted (maintainPartitions). The previous release reads and writes the same columns, and
-- its INSERT … ON CONFLICT finds the same key.
ALTER TABLE "inbox" RENAME TO "inbox_first";
ALTER INDEX "inbox_pkey" RENAME TO "inbox_first_pkey";
ALTER INDEX "inbox_handled_at_idx" RENAME TO "inbox_first_handled_at_idx";
CREATE TABLE "inbox" (
  LIKE "inbox_first" INCLUDING DEFAULTS,
  CONSTRAINT "inbox_pkey" PRIMARY KEY ("consumer", "event_id")
) PARTITION BY RANGE ("event_id");
-- locks: the validated constraint proves the bound, so no row is read
DO $$ BEGIN
  EXECUTE format('ALTER TABLE "inbox" ATTACH PARTITION "inbox_first" FOR VALUES FROM (MINVALUE) TO (%L)',
    (SELECT substring(pg_get_constraintdef(oid) FROM '[0-9a-f]{8}-[0-9a-f-]{27}') FROM pg_constraint
     WHERE conrelid = '"inbox_first"'::regclass AND conname = 'inbox_first_check'));
  ALTER TABLE "inbox_first" DROP CONSTRAINT "inbox_first_check";
END $$;
-- Takes ids outside of every partition: those of events older than the retention, or newer than the job has prepared for.
CREATE TABLE "inbox_default" PARTITION OF "inbox" DEFAULT;
CREATE INDEX "inbox_default_handled_at_idx" ON "inbox_default" ("handled_at");
