DROP INDEX "submissions_user_id_created_at_id_idx";
