-- Also finds `scope LIKE '<user id> %'`, for erasures, where the database's collation is not C.
CREATE UNIQUE INDEX CONCURRENTLY "idempotency_keys_scope_key_key"
  ON "idempotency_keys" ("scope" text_pattern_ops, "key" text_pattern_ops);
