DROP TRIGGER "weekly_xp_inserted" ON "weekly_xp";
DROP TRIGGER "weekly_xp_updated" ON "weekly_xp";
DROP TRIGGER "weekly_xp_deleted" ON "weekly_xp";
DROP FUNCTION "count_weekly_xp"();
DROP TABLE "weekly_xp_counts";
