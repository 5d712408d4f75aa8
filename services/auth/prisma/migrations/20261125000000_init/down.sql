DROP TABLE "idempotency_keys";
DROP TABLE "parked_events";
DROP TABLE "inbox";
DROP TABLE "outbox";
DROP TABLE "erasures";
DROP TABLE "mail_tokens";
DROP TABLE "sessions";
DROP TABLE "users";
