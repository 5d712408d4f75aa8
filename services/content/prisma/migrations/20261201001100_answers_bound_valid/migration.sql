-- Reads the whole table while others read and write it.
ALTER TABLE "answers" VALIDATE CONSTRAINT "answers_first_check";
