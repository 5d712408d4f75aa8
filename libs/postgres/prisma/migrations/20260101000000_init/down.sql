DROP TABLE "idempotency_keys";
DROP FUNCTION "word_count"();
DROP TABLE "words";
