CREATE TABLE "words" (
  "id" UUID NOT NULL DEFAULT gen_random_uuid(),
  "text" TEXT NOT NULL,
  "list" TEXT NOT NULL,
  "place" INTEGER NOT NULL,
  CONSTRAINT "words_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "words_text_key" ON "words" ("text");
CREATE UNIQUE INDEX "words_list_place_key" ON "words" ("list", "place");

-- A function body with semicolons: scripts must reach the server whole.
CREATE FUNCTION "word_count"() RETURNS BIGINT LANGUAGE plpgsql AS $$
BEGIN
  RETURN (SELECT count(*) FROM "words");
END;
$$;

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
