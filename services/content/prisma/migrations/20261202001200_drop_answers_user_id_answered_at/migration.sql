-- No release reads answers of a user by time alone.
-- locks: an index of a partitioned table cannot be dropped concurrently; no row is read or written
DROP INDEX "answers_user_id_answered_at_idx";
