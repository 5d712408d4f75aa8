CREATE INDEX "sessions_user_id_last_used_at_idx" ON "sessions" ("user_id", "last_used_at");
