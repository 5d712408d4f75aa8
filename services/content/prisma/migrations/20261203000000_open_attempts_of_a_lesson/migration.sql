-- Finds whether any open attempt at a lesson uses another version than the published one.
CREATE INDEX CONCURRENTLY "lesson_attempts_open_version_idx" ON "lesson_attempts"("lesson_id", "version_id") WHERE "completed_at" IS NULL;
