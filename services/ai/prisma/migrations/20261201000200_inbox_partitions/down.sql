LOCK TABLE "inbox";
CREATE TABLE "inbox_before" (LIKE "inbox" INCLUDING DEFAULTS);
INSERT INTO "inbox_before" SELECT * FROM "inbox";
DROP TABLE "inbox";
ALTER TABLE "inbox_before" RENAME TO "inbox";
ALTER TABLE "inbox" ADD CONSTRAINT "inbox_pkey" PRIMARY KEY ("consumer", "event_id");
CREATE INDEX "inbox_handled_at_idx" ON "inbox" ("handled_at");
-- Dropped by the down.sql of the migration that sets the bound.
ALTER TABLE "inbox" ADD CONSTRAINT "inbox_first_check" CHECK (true);
