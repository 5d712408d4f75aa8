DROP INDEX CONCURRENTLY "submissions_user_id_created_at_idx";
