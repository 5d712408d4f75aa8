-- No release looks for the versions of a file.
DROP INDEX CONCURRENTLY "version_media_asset_id_idx";
