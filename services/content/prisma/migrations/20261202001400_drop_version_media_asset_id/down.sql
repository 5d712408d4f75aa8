CREATE INDEX "version_media_asset_id_idx" ON "version_media" ("asset_id");
