ALTER TABLE "daily_usage" RESET (fillfactor);
