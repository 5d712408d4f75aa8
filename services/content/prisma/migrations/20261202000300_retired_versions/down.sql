DROP TRIGGER "courses_publish" ON "courses";
DROP FUNCTION "refuse_retired_version"();
ALTER TABLE "course_versions" DROP COLUMN "retired_at", DROP COLUMN "emptied_at";
