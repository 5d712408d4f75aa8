CREATE INDEX CONCURRENTLY "lesson_attempts_user_id_lesson_id_completed_at_idx" ON "lesson_attempts" ("user_id", "lesson_id", "completed_at");
