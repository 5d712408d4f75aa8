ALTER TABLE "idempotency_keys" REPLICA IDENTITY USING INDEX "idempotency_keys_scope_key_key";
-- contract: 20261201000300_idempotency_keys_by_prefix: its index keeps the same columns unique, and ON CONFLICT names none
ALTER TABLE "idempotency_keys" DROP CONSTRAINT "idempotency_keys_pkey";
