-- "inbox" becomes the first partition of a table with one partition per day of the event's id (UUIDv7), in three steps, so
-- that a large table is not read under a lock. This one sets its upper bound: the fourth midnight (UTC) from now. Apply the
-- next two before then, because newer events are refused until the third one is applied.
-- locks: the constraint is not validated yet; only its bound depends on the day
DO $$ BEGIN
  EXECUTE format('ALTER TABLE "inbox" ADD CONSTRAINT "inbox_first_check" CHECK ("event_id" < %L) NOT VALID',
    (lpad(to_hex((extract(epoch FROM date_trunc('day', now(), 'UTC') + interval '96 hours') * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid);
END $$;
