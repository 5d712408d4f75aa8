LOCK TABLE "submissions", "answers";
ALTER TABLE "submissions" DROP CONSTRAINT "submissions_answer_id_fkey";
ALTER TABLE "answers" DETACH PARTITION "answers_first";
INSERT INTO "answers_first" SELECT * FROM "answers";
DROP TABLE "answers";
ALTER TABLE "answers_first" RENAME TO "answers";
ALTER INDEX "answers_first_pkey" RENAME TO "answers_pkey";
ALTER INDEX "answers_first_user_id_exercise_id_answered_at_idx" RENAME TO "answers_user_id_exercise_id_answered_at_idx";
ALTER INDEX "answers_first_attempt_id_exercise_id_idx" RENAME TO "answers_attempt_id_exercise_id_idx";
ALTER INDEX "answers_first_user_id_answered_at_idx" RENAME TO "answers_user_id_answered_at_idx";
ALTER TABLE "submissions" ADD CONSTRAINT "submissions_answer_id_fkey" FOREIGN KEY ("answer_id") REFERENCES "answers"("id") ON DELETE CASCADE ON UPDATE CASCADE;
-- Dropped by the down.sql of the migration that sets the bound.
ALTER TABLE "answers" ADD CONSTRAINT "answers_first_check" CHECK (true);
