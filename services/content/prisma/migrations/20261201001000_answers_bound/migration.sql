-- "answers" becomes the first partition of a table with one partition per month of the answer's id (UUIDv7), as "inbox" does.
-- Its upper bound is the end of next month (UTC): apply the next two migrations before then.
-- locks: the constraint is not validated yet; only its bound depends on the month
DO $$ BEGIN
  EXECUTE format('ALTER TABLE "answers" ADD CONSTRAINT "answers_first_check" CHECK ("id" < %L) NOT VALID',
    (lpad(to_hex((extract(epoch FROM (date_trunc('month', now() AT TIME ZONE 'UTC') + interval '2 months') AT TIME ZONE 'UTC') * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid);
END $$;
