DROP INDEX "courses_created_by_idx";
