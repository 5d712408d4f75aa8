DROP INDEX "course_versions_published_by_idx";
