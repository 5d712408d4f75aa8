-- Answers of unsafe calls, by Idempotency-Key (@lms/postgres, runIdempotently). Kept for a day.
CREATE TABLE "idempotency_keys" (
  "scope" TEXT NOT NULL,
  "key" TEXT NOT NULL,
  "request_hash" TEXT NOT NULL,
  -- NULL: the call answers nothing (204).
  "response" JSONB,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
-- Instead of a primary key: text_pattern_ops also finds `scope LIKE '<user id> %'`, whatever the database's collation is.
CREATE UNIQUE INDEX "idempotency_keys_scope_key_key"
  ON "idempotency_keys" ("scope" text_pattern_ops, "key" text_pattern_ops);
ALTER TABLE "idempotency_keys" REPLICA IDENTITY USING INDEX "idempotency_keys_scope_key_key";
CREATE INDEX "idempotency_keys_created_at_idx" ON "idempotency_keys" ("created_at");
