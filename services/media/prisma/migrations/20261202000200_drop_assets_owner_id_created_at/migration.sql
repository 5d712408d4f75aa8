-- Nothing reads the assets of an owner by the time of their creation.
DROP INDEX CONCURRENTLY "assets_owner_id_created_at_idx";
