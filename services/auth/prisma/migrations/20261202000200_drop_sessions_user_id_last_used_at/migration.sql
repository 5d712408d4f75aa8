-- A user has few sessions that have not ended; the index above finds these.
DROP INDEX CONCURRENTLY "sessions_user_id_last_used_at_idx";
