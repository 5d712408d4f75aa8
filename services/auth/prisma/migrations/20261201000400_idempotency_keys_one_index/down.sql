ALTER TABLE "idempotency_keys" ADD CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("scope", "key");
ALTER TABLE "idempotency_keys" REPLICA IDENTITY DEFAULT;
