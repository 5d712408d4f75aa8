DROP TABLE "idempotency_keys";
DROP TABLE "parked_events";
DROP TABLE "inbox";
DROP TABLE "outbox";
DROP TABLE "weekly_xp", "daily_activity", "lesson_progress", "course_progress", "learner_progress", "submissions", "answers", "lesson_attempts", "enrollments", "learners", "media_assets", "version_media", "version_exercises", "version_lessons", "course_versions", "course_media", "learning_items", "exercises", "lessons", "units", "content_ids", "courses";
