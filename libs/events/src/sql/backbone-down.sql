DROP TABLE "parked_events";
DROP TABLE "inbox";
DROP TABLE "outbox";
DROP TABLE "outbox_topics";
