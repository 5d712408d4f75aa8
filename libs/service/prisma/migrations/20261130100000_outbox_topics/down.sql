DROP TABLE "outbox_topics";
