CREATE INDEX CONCURRENTLY "sessions_user_id_expires_at_idx" ON "sessions" ("user_id", "expires_at");
