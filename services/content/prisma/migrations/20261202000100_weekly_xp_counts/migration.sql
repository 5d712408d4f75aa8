-- How many learners have how much XP in a week, so that a rank is a sum over a few rows and not a count of everybody
-- above. Triggers keep it: whatever changes weekly_xp, in whatever release, changes the counts in the same transaction.
CREATE TABLE "weekly_xp_counts" (
  "week" DATE NOT NULL,
  "width" INTEGER NOT NULL,
  "xp" INTEGER NOT NULL,
  "shard" INTEGER NOT NULL,
  "learners" INTEGER NOT NULL,
  CONSTRAINT "weekly_xp_counts_pkey" PRIMARY KEY ("week", "width", "xp", "shard")
) WITH (fillfactor = 50);

-- A transaction writes rows of a shard that it has for itself, so that projections do not wait for each other.
CREATE FUNCTION "count_weekly_xp"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  shards CONSTANT int := 8;
  locks CONSTANT int := hashtext('weekly_xp_counts');
  own int := nullif(current_setting('lms.weekly_xp_shard', true), '')::int;
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NOT EXISTS (SELECT FROM added) THEN RETURN NULL; END IF;
  ELSIF NOT EXISTS (SELECT FROM removed) THEN
    RETURN NULL;
  END IF;
  IF own IS NULL THEN
    FOR place IN 0 .. shards - 1 LOOP
      own := (pg_backend_pid() + place) % shards;
      EXIT WHEN pg_try_advisory_xact_lock(locks, own);
      own := NULL;
    END LOOP;
    IF own IS NULL THEN
      own := pg_backend_pid() % shards;
      PERFORM pg_advisory_xact_lock(locks, own);
    END IF;
    PERFORM set_config('lms.weekly_xp_shard', own::text, true);
  END IF;
  IF TG_OP = 'INSERT' THEN
    INSERT INTO weekly_xp_counts AS c (week, width, xp, shard, learners)
    SELECT week, width, xp / width * width, own, count(*) FROM added, (VALUES (1), (64)) AS widths (width)
    GROUP BY 1, 2, 3
    ON CONFLICT (week, width, xp, shard) DO UPDATE SET learners = c.learners + EXCLUDED.learners;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO weekly_xp_counts AS c (week, width, xp, shard, learners)
    SELECT week, width, xp / width * width, own, -count(*) FROM removed, (VALUES (1), (64)) AS widths (width)
    GROUP BY 1, 2, 3
    ON CONFLICT (week, width, xp, shard) DO UPDATE SET learners = c.learners + EXCLUDED.learners;
  ELSE
    INSERT INTO weekly_xp_counts AS c (week, width, xp, shard, learners)
    SELECT week, width, xp / width * width, own, sum(learners)
    FROM (SELECT week, xp, 1 AS learners FROM added UNION ALL SELECT week, xp, -1 FROM removed) AS moves,
      (VALUES (1), (64)) AS widths (width)
    GROUP BY 1, 2, 3 HAVING sum(learners) <> 0
    ON CONFLICT (week, width, xp, shard) DO UPDATE SET learners = c.learners + EXCLUDED.learners;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER "weekly_xp_inserted" AFTER INSERT ON "weekly_xp"
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION "count_weekly_xp"();
CREATE TRIGGER "weekly_xp_updated" AFTER UPDATE ON "weekly_xp"
  REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION "count_weekly_xp"();
CREATE TRIGGER "weekly_xp_deleted" AFTER DELETE ON "weekly_xp"
  REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION "count_weekly_xp"();
