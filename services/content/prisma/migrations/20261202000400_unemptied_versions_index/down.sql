DROP INDEX "course_versions_unemptied_idx";
