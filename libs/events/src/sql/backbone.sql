-- Event backbone (@lms/events): events to publish, events handled, events that wait for another try.
CREATE TABLE "outbox" (
  "seq" BIGSERIAL NOT NULL,
  "event_id" UUID NOT NULL,
  "topic" TEXT NOT NULL,
  "key" TEXT NOT NULL,
  "payload" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT "outbox_pkey" PRIMARY KEY ("seq")
)
-- Every row is deleted soon after it was written: clean up by count, not by share of a table that is empty.
WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
CREATE TABLE "outbox_topics" (
  "topic" TEXT NOT NULL,
  "partitions" INTEGER NOT NULL,
  CONSTRAINT "outbox_topics_pkey" PRIMARY KEY ("topic")
);
-- Event ids are UUIDv7, so a range of them is a range of time; maintainPartitions makes and drops the partitions of days.
CREATE TABLE "inbox" (
  "consumer" TEXT NOT NULL,
  "event_id" UUID NOT NULL,
  "handled_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
  CONSTRAINT "inbox_pkey" PRIMARY KEY ("consumer", "event_id")
) PARTITION BY RANGE ("event_id");
CREATE TABLE "inbox_default" PARTITION OF "inbox" DEFAULT;
CREATE INDEX "inbox_default_handled_at_idx" ON "inbox_default" ("handled_at");
CREATE TABLE "parked_events" (
  "seq" BIGSERIAL NOT NULL,
  "consumer" TEXT NOT NULL,
  "event_id" UUID NOT NULL,
  "topic" TEXT NOT NULL,
  "partition" INTEGER NOT NULL,
  "offset" TEXT NOT NULL,
  "key" TEXT NOT NULL,
  "payload" TEXT NOT NULL,
  "attempts" INTEGER NOT NULL DEFAULT 0,
  "next_attempt_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
  "last_error" TEXT,
  "parked_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
  CONSTRAINT "parked_events_pkey" PRIMARY KEY ("seq")
);
CREATE UNIQUE INDEX "parked_events_consumer_event_id_key" ON "parked_events" ("consumer", "event_id");
CREATE INDEX "parked_events_consumer_key_seq_idx" ON "parked_events" ("consumer", "key", "seq");
