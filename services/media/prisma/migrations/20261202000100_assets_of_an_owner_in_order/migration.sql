CREATE INDEX CONCURRENTLY "assets_owner_id_id_idx" ON "assets" ("owner_id", "id");
