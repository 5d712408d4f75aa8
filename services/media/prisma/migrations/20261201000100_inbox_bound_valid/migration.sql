-- Reads the whole table while others read and write it.
ALTER TABLE "inbox" VALIDATE CONSTRAINT "inbox_first_check";
