-- Counters that are updated several times a day stay in their page, so no index has to be written.
ALTER TABLE "daily_uploads" SET (fillfactor = 80);
