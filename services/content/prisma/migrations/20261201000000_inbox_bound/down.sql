ALTER TABLE "inbox" DROP CONSTRAINT "inbox_first_check";
