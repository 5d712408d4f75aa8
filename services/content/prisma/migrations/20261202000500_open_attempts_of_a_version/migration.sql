CREATE INDEX CONCURRENTLY "lesson_attempts_version_open_idx" ON "lesson_attempts" ("version_id", "started_at") WHERE "completed_at" IS NULL;
