DROP INDEX "sessions_user_id_expires_at_idx";
