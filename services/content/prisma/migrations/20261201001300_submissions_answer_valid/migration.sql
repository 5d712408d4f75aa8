-- Reads the whole table while others read and write it.
ALTER TABLE "submissions" VALIDATE CONSTRAINT "submissions_answer_id_fkey";
