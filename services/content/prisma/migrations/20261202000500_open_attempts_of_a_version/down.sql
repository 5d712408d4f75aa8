DROP INDEX "lesson_attempts_version_open_idx";
