DROP TABLE "idempotency_keys";
DROP TABLE "parked_events";
DROP TABLE "inbox";
DROP TABLE "outbox";
DROP TABLE "erasures";
DROP TABLE "daily_uploads";
DROP TABLE "assets";
