CREATE INDEX "assets_lesson_id_idx" ON "assets" ("lesson_id");
