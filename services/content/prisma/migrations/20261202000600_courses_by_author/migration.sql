CREATE INDEX CONCURRENTLY "courses_created_by_idx" ON "courses" ("created_by");
