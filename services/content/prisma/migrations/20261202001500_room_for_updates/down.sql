ALTER TABLE "learner_progress" RESET (fillfactor);
ALTER TABLE "course_progress" RESET (fillfactor);
ALTER TABLE "lesson_progress" RESET (fillfactor);
ALTER TABLE "daily_activity" RESET (fillfactor);
ALTER TABLE "submissions" RESET (fillfactor);
