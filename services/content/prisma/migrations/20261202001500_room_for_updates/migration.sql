-- Rows that are updated again and again stay in their page, and no index has to be written, if there is room. It is left
-- in pages that are filled from now on.
ALTER TABLE "learner_progress" SET (fillfactor = 80);
ALTER TABLE "course_progress" SET (fillfactor = 80);
ALTER TABLE "lesson_progress" SET (fillfactor = 85);
ALTER TABLE "daily_activity" SET (fillfactor = 90);
ALTER TABLE "submissions" SET (fillfactor = 80);
