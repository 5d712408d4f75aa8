CREATE TABLE "recordings" (
  "asset_id" UUID NOT NULL,
  "owner_id" UUID NOT NULL,
  "key" TEXT NOT NULL,
  "content_type" TEXT NOT NULL,
  "size_bytes" INTEGER NOT NULL,
  "duration_ms" INTEGER,
  "ready_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "recordings_pkey" PRIMARY KEY ("asset_id")
);
CREATE INDEX "recordings_owner_id_idx" ON "recordings" ("owner_id");

CREATE TABLE "transcripts" (
  "asset_id" UUID NOT NULL,
  "language" TEXT NOT NULL,
  "owner_id" UUID NOT NULL,
  "claimed_until" TIMESTAMPTZ(3) NOT NULL,
  "transcription" JSONB,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "transcripts_pkey" PRIMARY KEY ("asset_id", "language")
);
CREATE INDEX "transcripts_owner_id_idx" ON "transcripts" ("owner_id");
CREATE INDEX "transcripts_created_at_idx" ON "transcripts" ("created_at");

CREATE TABLE "grading_jobs" (
  "id" UUID NOT NULL,
  "user_id" UUID NOT NULL,
  "kind" TEXT NOT NULL,
  "submission_id" UUID,
  "language_tag" TEXT NOT NULL,
  "level" TEXT,
  "prompt" TEXT,
  "expected_text" TEXT,
  "text" TEXT,
  "asset_id" UUID,
  "status" TEXT NOT NULL DEFAULT 'queued',
  "code" TEXT,
  "attempts" INTEGER NOT NULL DEFAULT 0,
  "lease_until" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "feedback" JSONB,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "finished_at" TIMESTAMPTZ(3),
  CONSTRAINT "grading_jobs_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "grading_jobs_kind_check" CHECK ("kind" IN ('writing', 'speaking')),
  CONSTRAINT "grading_jobs_status_check" CHECK ("status" IN ('queued', 'running', 'done', 'failed')),
  CONSTRAINT "grading_jobs_outcome_check" CHECK (
    ("status" = 'failed') = ("code" IS NOT NULL)
    AND ("status" = 'done') = ("feedback" IS NOT NULL)
    AND ("status" IN ('done', 'failed')) = ("finished_at" IS NOT NULL)
  )
);
-- One job for each submission, however often its event is delivered.
CREATE UNIQUE INDEX "grading_jobs_submission_id_key" ON "grading_jobs" ("submission_id");
CREATE INDEX "grading_jobs_user_id_created_at_idx" ON "grading_jobs" ("user_id", "created_at");
-- A handful of rows among very many: jobs to take up again, and those of one user that wait.
CREATE INDEX "grading_jobs_unfinished_idx" ON "grading_jobs" ("lease_until") WHERE "finished_at" IS NULL;
CREATE INDEX "grading_jobs_waiting_idx" ON "grading_jobs" ("user_id") WHERE "finished_at" IS NULL;
CREATE INDEX "grading_jobs_finished_at_idx" ON "grading_jobs" ("finished_at") WHERE "finished_at" IS NOT NULL;

CREATE TABLE "daily_usage" (
  "user_id" UUID NOT NULL,
  "day" DATE NOT NULL,
  "calls" INTEGER NOT NULL DEFAULT 0,
  "tokens" BIGINT NOT NULL DEFAULT 0,
  CONSTRAINT "daily_usage_pkey" PRIMARY KEY ("user_id", "day")
);
CREATE INDEX "daily_usage_day_idx" ON "daily_usage" ("day");

CREATE TABLE "invocations" (
  "id" UUID NOT NULL,
  "user_id" UUID NOT NULL,
  "provider" TEXT NOT NULL,
  "model" TEXT NOT NULL,
  "operation" TEXT NOT NULL,
  "input_tokens" INTEGER NOT NULL,
  "output_tokens" INTEGER NOT NULL,
  "duration_ms" INTEGER NOT NULL,
  "outcome" TEXT NOT NULL,
  "recorded_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "invocations_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "invocations_outcome_check" CHECK ("outcome" IN ('ok', 'failed'))
);
CREATE INDEX "invocations_user_id_idx" ON "invocations" ("user_id");
CREATE INDEX "invocations_recorded_at_idx" ON "invocations" ("recorded_at");

CREATE TABLE "erasures" (
  "user_id" UUID NOT NULL,
  "erasure_id" UUID NOT NULL,
  "erased_at" TIMESTAMPTZ(3) NOT NULL,
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
