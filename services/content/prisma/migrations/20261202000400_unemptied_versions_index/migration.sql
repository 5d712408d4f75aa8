CREATE INDEX CONCURRENTLY "course_versions_unemptied_idx" ON "course_versions" ("retired_at") WHERE "retired_at" IS NOT NULL AND "emptied_at" IS NULL;
