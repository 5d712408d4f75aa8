DROP INDEX CONCURRENTLY "lesson_attempts_open_version_idx";
