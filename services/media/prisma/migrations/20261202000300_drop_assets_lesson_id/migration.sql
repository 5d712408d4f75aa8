-- No release looks for the files of a lesson.
DROP INDEX CONCURRENTLY "assets_lesson_id_idx";
