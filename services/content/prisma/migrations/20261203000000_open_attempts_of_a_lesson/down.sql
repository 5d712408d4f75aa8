DROP INDEX "lesson_attempts_open_version_idx";
