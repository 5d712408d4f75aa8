-- Event backbone (@lms/events): how many partitions of a topic the relay spreads keys over. It changes only while no
-- consumer has anything left to read, so that raising a topic's partitions keeps the order per key.
CREATE TABLE "outbox_topics" (
  "topic" TEXT NOT NULL,
  "partitions" INTEGER NOT NULL,
  CONSTRAINT "outbox_topics_pkey" PRIMARY KEY ("topic")
);
