CREATE INDEX "assets_owner_id_created_at_idx" ON "assets" ("owner_id", "created_at");
