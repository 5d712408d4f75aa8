ALTER TABLE "daily_uploads" RESET (fillfactor);
