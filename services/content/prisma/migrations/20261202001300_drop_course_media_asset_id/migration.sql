-- No release looks for the courses of a file.
DROP INDEX CONCURRENTLY "course_media_asset_id_idx";
