CREATE INDEX "lesson_attempts_user_id_lesson_id_started_at_idx" ON "lesson_attempts" ("user_id", "lesson_id", "started_at");
