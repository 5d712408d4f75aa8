CREATE TABLE "users" (
  "id" UUID NOT NULL,
  "email" TEXT NOT NULL,
  "email_verified_at" TIMESTAMPTZ(3),
  "password_hash" TEXT NOT NULL,
  "display_name" TEXT,
  "role" TEXT NOT NULL DEFAULT 'learner',
  "locale" TEXT NOT NULL,
  "time_zone" TEXT NOT NULL,
  "suspended_at" TIMESTAMPTZ(3),
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "users_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "users_role_check" CHECK ("role" IN ('learner', 'editor', 'admin'))
);
-- Addresses are stored in their normal form (lower case, ASCII domain): equal text is the same mailbox.
CREATE UNIQUE INDEX "users_email_key" ON "users" ("email");
-- Editors and admins: a handful among very many.
CREATE INDEX "users_staff_idx" ON "users" ("role", "id") WHERE "role" <> 'learner';

CREATE TABLE "sessions" (
  "id" UUID NOT NULL,
  "user_id" UUID NOT NULL,
  "device_name" TEXT,
  -- Keyed hash of the refresh token that is current; the token itself is nowhere.
  "token_hash" TEXT NOT NULL,
  "generation" INTEGER NOT NULL DEFAULT 0,
  -- When the latest generations began, oldest first; the last one is the current token's.
  "rotated_at" TIMESTAMPTZ(3)[] NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "last_used_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "expires_at" TIMESTAMPTZ(3) NOT NULL,
  "revoked_at" TIMESTAMPTZ(3),
  "revoke_reason" TEXT,
  CONSTRAINT "sessions_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "sessions_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE CASCADE,
  CONSTRAINT "sessions_revoked_check" CHECK (("revoked_at" IS NULL) = ("revoke_reason" IS NULL))
);
CREATE INDEX "sessions_user_id_last_used_at_idx" ON "sessions" ("user_id", "last_used_at");
CREATE INDEX "sessions_expires_at_idx" ON "sessions" ("expires_at");

CREATE TABLE "mail_tokens" (
  "token_hash" TEXT NOT NULL,
  "user_id" UUID NOT NULL,
  "purpose" TEXT NOT NULL,
  "expires_at" TIMESTAMPTZ(3) NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "mail_tokens_pkey" PRIMARY KEY ("token_hash"),
  CONSTRAINT "mail_tokens_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE CASCADE,
  CONSTRAINT "mail_tokens_purpose_check" CHECK ("purpose" IN ('verify_email', 'reset_password'))
);
CREATE INDEX "mail_tokens_user_id_purpose_idx" ON "mail_tokens" ("user_id", "purpose");
CREATE INDEX "mail_tokens_expires_at_idx" ON "mail_tokens" ("expires_at");

-- Outlives the user's row on purpose: it holds no personal data, and says after a restore whom to erase again.
CREATE TABLE "erasures" (
  "id" UUID NOT NULL,
  "user_id" UUID NOT NULL,
  "requested_at" TIMESTAMPTZ(3) NOT NULL,
  "content_erased_at" TIMESTAMPTZ(3),
  "media_erased_at" TIMESTAMPTZ(3),
  "ai_erased_at" TIMESTAMPTZ(3),
  "completed_at" TIMESTAMPTZ(3),
  CONSTRAINT "erasures_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "erasures_user_id_key" ON "erasures" ("user_id");
CREATE INDEX "erasures_pending_idx" ON "erasures" ("requested_at") WHERE "completed_at" IS NULL;

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
