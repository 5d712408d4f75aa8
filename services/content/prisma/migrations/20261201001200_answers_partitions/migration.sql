-- Answers are kept for ever. Partitions keep the indexes that are written to as small as a month, and allow old months to be
-- moved to cheaper storage. The previous release reads and writes the same columns.
-- Both tables are needed, and requests lock them in either order: give up, to be tried again, before PostgreSQL looks for a
-- deadlock (after a second) and fails a request.
-- locks: nothing below reads rows
LOCK TABLE "submissions";
SET LOCAL lock_timeout = '500ms';
-- locks: nothing below reads rows
LOCK TABLE "answers";
ALTER TABLE "answers" RENAME TO "answers_first";
ALTER INDEX "answers_pkey" RENAME TO "answers_first_pkey";
ALTER INDEX "answers_user_id_exercise_id_answered_at_idx" RENAME TO "answers_first_user_id_exercise_id_answered_at_idx";
ALTER INDEX "answers_attempt_id_exercise_id_idx" RENAME TO "answers_first_attempt_id_exercise_id_idx";
ALTER INDEX "answers_user_id_answered_at_idx" RENAME TO "answers_first_user_id_answered_at_idx";
-- Same constraints as those of the first partition, so that attaching it validates nothing.
CREATE TABLE "answers" (
  LIKE "answers_first" INCLUDING DEFAULTS,
  CONSTRAINT "answers_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "answers_score_check" CHECK ("score" BETWEEN 0 AND 1),
  CONSTRAINT "answers_xp_check" CHECK ("xp" >= 0),
  CONSTRAINT "answers_attempt_id_fkey" FOREIGN KEY ("attempt_id") REFERENCES "lesson_attempts"("id") ON DELETE CASCADE ON UPDATE CASCADE
) PARTITION BY RANGE ("id");
CREATE INDEX "answers_user_id_exercise_id_answered_at_idx" ON "answers"("user_id", "exercise_id", "answered_at");
CREATE INDEX "answers_attempt_id_exercise_id_idx" ON "answers"("attempt_id", "exercise_id");
CREATE INDEX "answers_user_id_answered_at_idx" ON "answers"("user_id", "answered_at");
-- locks: the validated constraint proves the bound, so no row is read
DO $$ BEGIN
  EXECUTE format('ALTER TABLE "answers" ATTACH PARTITION "answers_first" FOR VALUES FROM (MINVALUE) TO (%L)',
    (SELECT substring(pg_get_constraintdef(oid) FROM '[0-9a-f]{8}-[0-9a-f-]{27}') FROM pg_constraint
     WHERE conrelid = '"answers_first"'::regclass AND conname = 'answers_first_check'));
  ALTER TABLE "answers_first" DROP CONSTRAINT "answers_first_check";
END $$;
CREATE TABLE "answers_default" PARTITION OF "answers" DEFAULT;
-- It referred to the table that is now a partition.
ALTER TABLE "submissions" DROP CONSTRAINT "submissions_answer_id_fkey";
ALTER TABLE "submissions" ADD CONSTRAINT "submissions_answer_id_fkey" FOREIGN KEY ("answer_id") REFERENCES "answers"("id") ON DELETE CASCADE ON UPDATE CASCADE NOT VALID;
