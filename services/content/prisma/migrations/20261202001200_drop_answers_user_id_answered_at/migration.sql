-- No release reads answers of a user by time alone.
DROP INDEX CONCURRENTLY "answers_user_id_answered_at_idx";
