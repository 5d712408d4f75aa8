CREATE TABLE "assets" (
  "id" UUID NOT NULL,
  "owner_id" UUID NOT NULL,
  "purpose" TEXT NOT NULL,
  "lesson_id" UUID,
  "status" TEXT NOT NULL DEFAULT 'pending',
  "key" TEXT NOT NULL,
  "content_type" TEXT NOT NULL,
  "size_bytes" INTEGER NOT NULL,
  "checksum_sha256" TEXT NOT NULL,
  "duration_ms" INTEGER,
  "reject_reason" TEXT,
  "upload_expires_at" TIMESTAMPTZ(3) NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "ready_at" TIMESTAMPTZ(3),
  CONSTRAINT "assets_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "assets_purpose_check" CHECK ("purpose" IN ('lesson_audio', 'lesson_image', 'avatar', 'recording')),
  CONSTRAINT "assets_status_check" CHECK ("status" IN ('pending', 'ready', 'rejected', 'deleted')),
  CONSTRAINT "assets_lesson_check" CHECK (("purpose" IN ('lesson_audio', 'lesson_image')) = ("lesson_id" IS NOT NULL))
);
CREATE UNIQUE INDEX "assets_key_key" ON "assets" ("key");
CREATE INDEX "assets_owner_id_created_at_idx" ON "assets" ("owner_id", "created_at");
CREATE INDEX "assets_lesson_id_idx" ON "assets" ("lesson_id");
-- Uploads under way, of one user (quota) and of all (clean-up): a handful of rows among very many.
CREATE INDEX "assets_pending_idx" ON "assets" ("owner_id", "upload_expires_at") WHERE "status" = 'pending';
CREATE INDEX "assets_leftover_idx" ON "assets" ("upload_expires_at") WHERE "status" <> 'ready';

CREATE TABLE "daily_uploads" (
  "user_id" UUID NOT NULL,
  "day" DATE NOT NULL,
  "personal_files" INTEGER NOT NULL DEFAULT 0,
  "personal_bytes" BIGINT NOT NULL DEFAULT 0,
  CONSTRAINT "daily_uploads_pkey" PRIMARY KEY ("user_id", "day")
);
CREATE INDEX "daily_uploads_day_idx" ON "daily_uploads" ("day");

CREATE TABLE "erasures" (
  "user_id" UUID NOT NULL,
  "erasure_id" UUID NOT NULL,
  "requested_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "completed_at" TIMESTAMPTZ(3),
  CONSTRAINT "erasures_pkey" PRIMARY KEY ("user_id")
);

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
CREATE TABLE "inbox" (
  "consumer" TEXT NOT NULL,
  "event_id" UUID NOT NULL,
  "handled_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
  CONSTRAINT "inbox_pkey" PRIMARY KEY ("consumer", "event_id")
);
CREATE INDEX "inbox_handled_at_idx" ON "inbox" ("handled_at");
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

-- Answers of unsafe calls, by Idempotency-Key (@lms/postgres, runIdempotently). Kept for a day.
CREATE TABLE "idempotency_keys" (
  "scope" TEXT NOT NULL,
  "key" TEXT NOT NULL,
  "request_hash" TEXT NOT NULL,
  -- NULL: the call answers nothing (204).
  "response" JSONB,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("scope", "key")
);
CREATE INDEX "idempotency_keys_created_at_idx" ON "idempotency_keys" ("created_at");
