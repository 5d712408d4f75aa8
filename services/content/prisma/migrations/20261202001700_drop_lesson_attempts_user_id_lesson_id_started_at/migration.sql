-- Releases read the attempts of a learner at a lesson by their completion; the index above has the same first columns.
DROP INDEX CONCURRENTLY "lesson_attempts_user_id_lesson_id_started_at_idx";
