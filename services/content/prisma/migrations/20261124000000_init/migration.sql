CREATE TABLE "courses" (
  "id" UUID NOT NULL,
  "source_key" TEXT NOT NULL,
  "slug" TEXT NOT NULL,
  "language" TEXT NOT NULL,
  "for_language" TEXT NOT NULL,
  "level" TEXT,
  "title" JSONB NOT NULL,
  "description" JSONB NOT NULL,
  "license" JSONB,
  "attribution" TEXT,
  "special_characters" JSONB,
  "search_text" TEXT NOT NULL,
  "content_hash" TEXT NOT NULL,
  "published_version_id" UUID,
  "latest_version" INTEGER NOT NULL DEFAULT 0,
  "created_by" UUID NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
  "updated_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "courses_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "content_ids" (
  "course_id" UUID NOT NULL,
  "kind" TEXT NOT NULL,
  "source_key" TEXT NOT NULL,
  "id" UUID NOT NULL,
  CONSTRAINT "content_ids_pkey" PRIMARY KEY ("course_id","kind","source_key")
);

CREATE TABLE "units" (
  "id" UUID NOT NULL,
  "course_id" UUID NOT NULL,
  "source_key" TEXT NOT NULL,
  "position" INTEGER NOT NULL,
  "title" JSONB NOT NULL,
  CONSTRAINT "units_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "lessons" (
  "id" UUID NOT NULL,
  "course_id" UUID NOT NULL,
  "unit_id" UUID NOT NULL,
  "source_key" TEXT NOT NULL,
  "position" INTEGER NOT NULL,
  "title" JSONB NOT NULL,
  "notes" JSONB,
  "image_path" TEXT,
  CONSTRAINT "lessons_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "exercises" (
  "id" UUID NOT NULL,
  "course_id" UUID NOT NULL,
  "lesson_id" UUID NOT NULL,
  "source_key" TEXT NOT NULL,
  "position" INTEGER NOT NULL,
  "kind" TEXT NOT NULL,
  "content" JSONB NOT NULL,
  CONSTRAINT "exercises_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "learning_items" (
  "id" UUID NOT NULL,
  "course_id" UUID NOT NULL,
  "lesson_id" UUID NOT NULL,
  "source_key" TEXT NOT NULL,
  "position" INTEGER NOT NULL,
  "content" JSONB NOT NULL,
  CONSTRAINT "learning_items_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "course_media" (
  "course_id" UUID NOT NULL,
  "path" TEXT NOT NULL,
  "asset_id" UUID NOT NULL,
  "attached_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
  CONSTRAINT "course_media_pkey" PRIMARY KEY ("course_id","path")
);

CREATE TABLE "course_versions" (
  "id" UUID NOT NULL,
  "course_id" UUID NOT NULL,
  "version" INTEGER NOT NULL,
  "content_hash" TEXT NOT NULL,
  "slug" TEXT NOT NULL,
  "language" TEXT NOT NULL,
  "for_language" TEXT NOT NULL,
  "level" TEXT,
  "title" JSONB NOT NULL,
  "description" JSONB NOT NULL,
  "license" JSONB,
  "attribution" TEXT,
  "special_characters" JSONB,
  "search_text" TEXT NOT NULL,
  "outline" JSONB NOT NULL,
  "lesson_count" INTEGER NOT NULL,
  "published_by" UUID NOT NULL,
  "published_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
  CONSTRAINT "course_versions_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "version_lessons" (
  "version_id" UUID NOT NULL,
  "lesson_id" UUID NOT NULL,
  "unit_id" UUID NOT NULL,
  "position" INTEGER NOT NULL,
  "exercise_count" INTEGER NOT NULL,
  "document" JSONB NOT NULL,
  CONSTRAINT "version_lessons_pkey" PRIMARY KEY ("version_id","lesson_id")
);

CREATE TABLE "version_exercises" (
  "version_id" UUID NOT NULL,
  "exercise_id" UUID NOT NULL,
  "lesson_id" UUID NOT NULL,
  "position" INTEGER NOT NULL,
  "kind" TEXT NOT NULL,
  "content" JSONB NOT NULL,
  CONSTRAINT "version_exercises_pkey" PRIMARY KEY ("version_id","exercise_id")
);

CREATE TABLE "version_media" (
  "version_id" UUID NOT NULL,
  "path" TEXT NOT NULL,
  "asset_id" UUID NOT NULL,
  CONSTRAINT "version_media_pkey" PRIMARY KEY ("version_id","path")
);

CREATE TABLE "media_assets" (
  "asset_id" UUID NOT NULL,
  "owner_id" UUID NOT NULL,
  "purpose" TEXT NOT NULL,
  "status" TEXT NOT NULL,
  "lesson_id" UUID,
  "key" TEXT,
  "content_type" TEXT,
  "size_bytes" BIGINT,
  "duration_ms" INTEGER,
  "updated_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "media_assets_pkey" PRIMARY KEY ("asset_id")
);

CREATE TABLE "learners" (
  "user_id" UUID NOT NULL,
  "locale" TEXT,
  "time_zone" TEXT NOT NULL DEFAULT 'UTC',
  "erased_at" TIMESTAMPTZ(3),
  "updated_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "learners_pkey" PRIMARY KEY ("user_id")
);

CREATE TABLE "enrollments" (
  "user_id" UUID NOT NULL,
  "course_id" UUID NOT NULL,
  "enrolled_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
  CONSTRAINT "enrollments_pkey" PRIMARY KEY ("user_id","course_id")
);

CREATE TABLE "lesson_attempts" (
  "id" UUID NOT NULL,
  "user_id" UUID NOT NULL,
  "course_id" UUID NOT NULL,
  "lesson_id" UUID NOT NULL,
  "version_id" UUID NOT NULL,
  "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
  "completed_at" TIMESTAMPTZ(3),
  "xp" INTEGER NOT NULL DEFAULT 0,
  CONSTRAINT "lesson_attempts_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "answers" (
  "id" UUID NOT NULL,
  "user_id" UUID NOT NULL,
  "course_id" UUID NOT NULL,
  "lesson_id" UUID NOT NULL,
  "exercise_id" UUID NOT NULL,
  "version_id" UUID NOT NULL,
  "attempt_id" UUID,
  "kind" TEXT NOT NULL,
  "answer" JSONB NOT NULL,
  "correct" BOOLEAN,
  "score" DOUBLE PRECISION,
  "xp" INTEGER NOT NULL DEFAULT 0,
  "answered_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
  CONSTRAINT "answers_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "submissions" (
  "id" UUID NOT NULL,
  "answer_id" UUID NOT NULL,
  "user_id" UUID NOT NULL,
  "course_id" UUID NOT NULL,
  "lesson_id" UUID NOT NULL,
  "exercise_id" UUID NOT NULL,
  "kind" TEXT NOT NULL,
  "status" TEXT NOT NULL DEFAULT 'pending',
  "asset_id" UUID,
  "score" DOUBLE PRECISION,
  "xp" INTEGER NOT NULL DEFAULT 0,
  "feedback" JSONB,
  "provider" TEXT,
  "failure_code" TEXT,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
  "graded_at" TIMESTAMPTZ(3),
  CONSTRAINT "submissions_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "learner_progress" (
  "user_id" UUID NOT NULL,
  "xp" INTEGER NOT NULL DEFAULT 0,
  "as_of" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "learner_progress_pkey" PRIMARY KEY ("user_id")
);

CREATE TABLE "course_progress" (
  "user_id" UUID NOT NULL,
  "course_id" UUID NOT NULL,
  "xp" INTEGER NOT NULL DEFAULT 0,
  "answers" INTEGER NOT NULL DEFAULT 0,
  "graded_answers" INTEGER NOT NULL DEFAULT 0,
  "correct_answers" INTEGER NOT NULL DEFAULT 0,
  "last_activity_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "course_progress_pkey" PRIMARY KEY ("user_id","course_id")
);

CREATE TABLE "lesson_progress" (
  "user_id" UUID NOT NULL,
  "lesson_id" UUID NOT NULL,
  "course_id" UUID NOT NULL,
  "xp" INTEGER NOT NULL DEFAULT 0,
  "answers" INTEGER NOT NULL DEFAULT 0,
  "graded_answers" INTEGER NOT NULL DEFAULT 0,
  "correct_answers" INTEGER NOT NULL DEFAULT 0,
  "completions" INTEGER NOT NULL DEFAULT 0,
  "first_completed_at" TIMESTAMPTZ(3),
  "last_activity_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "lesson_progress_pkey" PRIMARY KEY ("user_id","lesson_id")
);

CREATE TABLE "daily_activity" (
  "user_id" UUID NOT NULL,
  "day" DATE NOT NULL,
  "xp" INTEGER NOT NULL DEFAULT 0,
  "answers" INTEGER NOT NULL DEFAULT 0,
  "lessons" INTEGER NOT NULL DEFAULT 0,
  CONSTRAINT "daily_activity_pkey" PRIMARY KEY ("user_id","day")
);

CREATE TABLE "weekly_xp" (
  "week" DATE NOT NULL,
  "user_id" UUID NOT NULL,
  "xp" INTEGER NOT NULL DEFAULT 0,
  CONSTRAINT "weekly_xp_pkey" PRIMARY KEY ("week","user_id")
);

CREATE UNIQUE INDEX "courses_source_key_key" ON "courses"("source_key");
CREATE UNIQUE INDEX "courses_slug_key" ON "courses"("slug");
CREATE UNIQUE INDEX "courses_published_version_id_key" ON "courses"("published_version_id");
CREATE UNIQUE INDEX "content_ids_id_key" ON "content_ids"("id");
CREATE INDEX "units_course_id_position_idx" ON "units"("course_id", "position");
CREATE UNIQUE INDEX "units_course_id_source_key_key" ON "units"("course_id", "source_key");
CREATE INDEX "lessons_unit_id_position_idx" ON "lessons"("unit_id", "position");
CREATE UNIQUE INDEX "lessons_course_id_source_key_key" ON "lessons"("course_id", "source_key");
CREATE INDEX "exercises_lesson_id_position_idx" ON "exercises"("lesson_id", "position");
CREATE UNIQUE INDEX "exercises_course_id_source_key_key" ON "exercises"("course_id", "source_key");
CREATE INDEX "learning_items_lesson_id_position_idx" ON "learning_items"("lesson_id", "position");
CREATE UNIQUE INDEX "learning_items_course_id_source_key_key" ON "learning_items"("course_id", "source_key");
CREATE INDEX "course_media_asset_id_idx" ON "course_media"("asset_id");
CREATE UNIQUE INDEX "course_versions_course_id_version_key" ON "course_versions"("course_id", "version");
CREATE INDEX "version_lessons_lesson_id_idx" ON "version_lessons"("lesson_id");
CREATE INDEX "version_exercises_exercise_id_idx" ON "version_exercises"("exercise_id");
CREATE INDEX "version_exercises_version_id_lesson_id_position_idx" ON "version_exercises"("version_id", "lesson_id", "position");
CREATE INDEX "version_media_asset_id_idx" ON "version_media"("asset_id");
CREATE INDEX "media_assets_owner_id_idx" ON "media_assets"("owner_id");
CREATE INDEX "enrollments_course_id_idx" ON "enrollments"("course_id");
CREATE INDEX "lesson_attempts_user_id_lesson_id_started_at_idx" ON "lesson_attempts"("user_id", "lesson_id", "started_at");
CREATE INDEX "answers_user_id_exercise_id_answered_at_idx" ON "answers"("user_id", "exercise_id", "answered_at");
CREATE INDEX "answers_attempt_id_exercise_id_idx" ON "answers"("attempt_id", "exercise_id");
CREATE INDEX "answers_user_id_answered_at_idx" ON "answers"("user_id", "answered_at");
CREATE UNIQUE INDEX "submissions_answer_id_key" ON "submissions"("answer_id");
CREATE INDEX "submissions_user_id_created_at_idx" ON "submissions"("user_id", "created_at");
CREATE INDEX "weekly_xp_week_xp_user_id_idx" ON "weekly_xp"("week", "xp" DESC, "user_id");
CREATE INDEX "weekly_xp_user_id_idx" ON "weekly_xp"("user_id");
CREATE INDEX "lesson_progress_user_id_course_id_idx" ON "lesson_progress"("user_id", "course_id");
ALTER TABLE "courses" ADD CONSTRAINT "courses_published_version_id_fkey" FOREIGN KEY ("published_version_id") REFERENCES "course_versions"("id") ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE "content_ids" ADD CONSTRAINT "content_ids_course_id_fkey" FOREIGN KEY ("course_id") REFERENCES "courses"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "units" ADD CONSTRAINT "units_course_id_fkey" FOREIGN KEY ("course_id") REFERENCES "courses"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "lessons" ADD CONSTRAINT "lessons_course_id_fkey" FOREIGN KEY ("course_id") REFERENCES "courses"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "lessons" ADD CONSTRAINT "lessons_unit_id_fkey" FOREIGN KEY ("unit_id") REFERENCES "units"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "exercises" ADD CONSTRAINT "exercises_course_id_fkey" FOREIGN KEY ("course_id") REFERENCES "courses"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "exercises" ADD CONSTRAINT "exercises_lesson_id_fkey" FOREIGN KEY ("lesson_id") REFERENCES "lessons"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "learning_items" ADD CONSTRAINT "learning_items_course_id_fkey" FOREIGN KEY ("course_id") REFERENCES "courses"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "learning_items" ADD CONSTRAINT "learning_items_lesson_id_fkey" FOREIGN KEY ("lesson_id") REFERENCES "lessons"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "course_media" ADD CONSTRAINT "course_media_course_id_fkey" FOREIGN KEY ("course_id") REFERENCES "courses"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "course_versions" ADD CONSTRAINT "course_versions_course_id_fkey" FOREIGN KEY ("course_id") REFERENCES "courses"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "version_lessons" ADD CONSTRAINT "version_lessons_version_id_fkey" FOREIGN KEY ("version_id") REFERENCES "course_versions"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "version_exercises" ADD CONSTRAINT "version_exercises_version_id_fkey" FOREIGN KEY ("version_id") REFERENCES "course_versions"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "version_media" ADD CONSTRAINT "version_media_version_id_fkey" FOREIGN KEY ("version_id") REFERENCES "course_versions"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "enrollments" ADD CONSTRAINT "enrollments_course_id_fkey" FOREIGN KEY ("course_id") REFERENCES "courses"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "lesson_attempts" ADD CONSTRAINT "lesson_attempts_version_id_fkey" FOREIGN KEY ("version_id") REFERENCES "course_versions"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "answers" ADD CONSTRAINT "answers_attempt_id_fkey" FOREIGN KEY ("attempt_id") REFERENCES "lesson_attempts"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "submissions" ADD CONSTRAINT "submissions_answer_id_fkey" FOREIGN KEY ("answer_id") REFERENCES "answers"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- One open attempt per learner and lesson, whatever arrives at the same time.
CREATE UNIQUE INDEX "lesson_attempts_open_key" ON "lesson_attempts"("user_id", "lesson_id") WHERE "completed_at" IS NULL;
-- The list of published courses, in its order.
CREATE INDEX "courses_published_idx" ON "courses"("id") WHERE "published_version_id" IS NOT NULL;
ALTER TABLE "courses" ADD CONSTRAINT "courses_latest_version_check" CHECK ("latest_version" >= 0);
ALTER TABLE "media_assets" ADD CONSTRAINT "media_assets_status_check" CHECK ("status" IN ('ready', 'rejected', 'deleted'));
ALTER TABLE "submissions" ADD CONSTRAINT "submissions_status_check" CHECK ("status" IN ('pending', 'graded', 'unavailable', 'failed'));
ALTER TABLE "answers" ADD CONSTRAINT "answers_score_check" CHECK ("score" BETWEEN 0 AND 1), ADD CONSTRAINT "answers_xp_check" CHECK ("xp" >= 0);

-- Event backbone (@lms/events): events to publish, events handled, events that wait for another try.
CREATE TABLE "outbox" (
  "seq" BIGSERIAL NOT NULL,
  "event_id" UUID NOT NULL,
  "topic" TEXT NOT NULL,
  "key" TEXT NOT NULL,
  "payload" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT "outbox_pkey" PRIMARY KEY ("seq")
)
-- Every row is deleted soon after it was written: clean up by count, not by share of a table that is empty.
WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
CREATE TABLE "inbox" (
  "consumer" TEXT NOT NULL,
  "event_id" UUID NOT NULL,
  "handled_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
  CONSTRAINT "inbox_pkey" PRIMARY KEY ("consumer", "event_id")
);
CREATE INDEX "inbox_handled_at_idx" ON "inbox" ("handled_at");
CREATE TABLE "parked_events" (
  "seq" BIGSERIAL NOT NULL,
  "consumer" TEXT NOT NULL,
  "event_id" UUID NOT NULL,
  "topic" TEXT NOT NULL,
  "partition" INTEGER NOT NULL,
  "offset" TEXT NOT NULL,
  "key" TEXT NOT NULL,
  "payload" TEXT NOT NULL,
  "attempts" INTEGER NOT NULL DEFAULT 0,
  "next_attempt_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
  "last_error" TEXT,
  "parked_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
  CONSTRAINT "parked_events_pkey" PRIMARY KEY ("seq")
);
CREATE UNIQUE INDEX "parked_events_consumer_event_id_key" ON "parked_events" ("consumer", "event_id");
CREATE INDEX "parked_events_consumer_key_seq_idx" ON "parked_events" ("consumer", "key", "seq");

-- Answers of unsafe calls, by Idempotency-Key (@lms/postgres, runIdempotently). Kept for a day.
CREATE TABLE "idempotency_keys" (
  "scope" TEXT NOT NULL,
  "key" TEXT NOT NULL,
  "request_hash" TEXT NOT NULL,
  -- NULL: the call answers nothing (204).
  "response" JSONB,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("scope", "key")
);
CREATE INDEX "idempotency_keys_created_at_idx" ON "idempotency_keys" ("created_at");
