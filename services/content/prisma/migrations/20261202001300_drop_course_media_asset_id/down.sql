CREATE INDEX "course_media_asset_id_idx" ON "course_media" ("asset_id");
