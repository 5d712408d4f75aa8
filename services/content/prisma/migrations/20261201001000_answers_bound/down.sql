ALTER TABLE "answers" DROP CONSTRAINT "answers_first_check";
