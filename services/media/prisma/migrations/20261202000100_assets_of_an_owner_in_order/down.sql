DROP INDEX "assets_owner_id_id_idx";
