DROP INDEX "idempotency_keys_scope_key_key";
