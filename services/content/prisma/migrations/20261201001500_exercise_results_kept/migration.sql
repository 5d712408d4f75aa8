-- A trigger, because the previous release does not know the table, but what it stores counts.
CREATE FUNCTION "note_correct_answer"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO exercise_results AS r (user_id, exercise_id, first_correct_at, last_correct_at)
  VALUES (NEW.user_id, NEW.exercise_id, NEW.answered_at, NEW.answered_at)
  ON CONFLICT (user_id, exercise_id) DO UPDATE SET
    first_correct_at = least(r.first_correct_at, EXCLUDED.first_correct_at),
    last_correct_at = greatest(r.last_correct_at, EXCLUDED.last_correct_at);
  RETURN NULL;
END $$;
CREATE TRIGGER "note_correct_answer" AFTER INSERT OR UPDATE OF "correct" ON "answers"
  FOR EACH ROW WHEN (NEW."correct") EXECUTE FUNCTION "note_correct_answer"();
-- What was answered or graded since the previous migration read the table; an hour covers clocks that differ. The trigger's
-- lock keeps new answers waiting until this commits.
INSERT INTO "exercise_results" AS r ("user_id", "exercise_id", "first_correct_at", "last_correct_at")
WITH known AS (SELECT coalesce(max("last_correct_at"), 'epoch') - interval '1 hour' AS until FROM "exercise_results")
SELECT a."user_id", a."exercise_id", min(a."answered_at"), max(a."answered_at") FROM "answers" a
WHERE a."correct" AND (
  a."id" >= (SELECT (lpad(to_hex((extract(epoch FROM greatest(until, 'epoch')) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid FROM known)
  OR a."id" IN (SELECT "answer_id" FROM "submissions" WHERE "graded_at" >= (SELECT until FROM known)))
GROUP BY a."user_id", a."exercise_id"
ON CONFLICT ("user_id", "exercise_id") DO UPDATE SET
  "first_correct_at" = least(r."first_correct_at", EXCLUDED."first_correct_at"),
  "last_correct_at" = greatest(r."last_correct_at", EXCLUDED."last_correct_at");
