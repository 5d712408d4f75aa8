CREATE INDEX CONCURRENTLY "course_versions_published_by_idx" ON "course_versions" ("published_by");
