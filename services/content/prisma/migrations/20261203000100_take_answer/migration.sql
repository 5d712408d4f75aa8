-- Stores an answer with its XP and the enrolment, in one round trip (docs/adr/0019-answers-in-one-statement.md).
--
-- Outcomes: "taken"; "moved" if the learner no longer sees this version of the exercise, so it must be graded again;
-- "erased" if the learner was erased. Only "taken" stores anything except, at most, that the learner exists.
--
-- Why this is right when calls run at the same time (READ COMMITTED: each statement below sees what was committed
-- before that statement began, not before the function was called):
--  * Erasure locks the learner's row FOR UPDATE and then deletes. The first statement waits for it, and it for us.
--  * XP depends on earlier right answers. They are read after the lock of learner and exercise, so every answer that
--    took the lock before us is visible. The grades of speech and writing take the same lock.
--  * Completing a lesson locks the open attempt and counts its answers. We lock it too: the answer is counted, or the
--    attempt is over and the answer is not part of it. FOR SHARE, because starting the lesson anew changes the version.
--  * Locks are always taken in this order: learner, exercise, attempt, and the outbox's, by the statement that calls this.
CREATE FUNCTION "take_answer"(
  p_answer_id UUID, p_user_id UUID, p_course_id UUID, p_lesson_id UUID, p_exercise_id UUID, p_version_id UUID,
  p_kind TEXT, p_answer JSONB, p_correct BOOLEAN, p_score DOUBLE PRECISION, p_answered_at TIMESTAMPTZ,
  -- XP for the first right answer to the exercise, on another day, and on the same day (UTC).
  p_xp_first INTEGER, p_xp_other_day INTEGER, p_xp_same_day INTEGER,
  OUT outcome TEXT, OUT earned INTEGER
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  is_erased BOOLEAN;
  open_attempt_id UUID;
  open_version_id UUID;
BEGIN
  SELECT l.erased_at IS NOT NULL INTO is_erased FROM learners l WHERE l.user_id = p_user_id FOR KEY SHARE;
  IF NOT FOUND THEN
    INSERT INTO learners (user_id, updated_at) VALUES (p_user_id, now()) ON CONFLICT DO NOTHING;
    SELECT l.erased_at IS NOT NULL INTO is_erased FROM learners l WHERE l.user_id = p_user_id FOR KEY SHARE;
  END IF;
  IF is_erased THEN
    outcome := 'erased';
    RETURN;
  END IF;

  PERFORM pg_advisory_xact_lock(hashtextextended('answer:' || p_user_id || ':' || p_exercise_id, 0));

  SELECT a.id, a.version_id INTO open_attempt_id, open_version_id FROM lesson_attempts a
    WHERE a.user_id = p_user_id AND a.lesson_id = p_lesson_id AND a.completed_at IS NULL FOR SHARE;

  INSERT INTO answers (id, user_id, course_id, lesson_id, exercise_id, version_id, attempt_id, kind, answer, correct,
    score, xp, answered_at)
  SELECT p_answer_id, p_user_id, c.id, p_lesson_id, p_exercise_id, p_version_id, open_attempt_id, p_kind, p_answer,
    p_correct, p_score,
    CASE WHEN p_xp_first = 0 AND p_xp_other_day = 0 AND p_xp_same_day = 0 THEN 0
      ELSE coalesce(
        -- Not from "answers", of which every partition would be searched.
        (SELECT CASE WHEN r.last_correct_at >= date_trunc('day', now(), 'UTC') THEN p_xp_same_day ELSE p_xp_other_day END
         FROM exercise_results r WHERE r.user_id = p_user_id AND r.exercise_id = p_exercise_id),
        p_xp_first) END,
    p_answered_at
  FROM courses c
  WHERE c.id = p_course_id AND c.published_version_id IS NOT NULL
    AND coalesce(open_version_id, c.published_version_id) = p_version_id
  RETURNING xp INTO earned;
  IF NOT FOUND THEN
    outcome := 'moved';
    RETURN;
  END IF;
  INSERT INTO enrollments (user_id, course_id) VALUES (p_user_id, p_course_id) ON CONFLICT DO NOTHING;
  outcome := 'taken';
END
$$;
