-- Adds what the triggers have not counted, because it was there before them. One snapshot sees rows and counts alike, so
-- writers need not wait, and running it again adds nothing.
INSERT INTO "weekly_xp_counts" AS c (week, width, xp, shard, learners)
SELECT week, width, xp, 8, sum(learners) FROM (
  SELECT week, width, xp / width * width AS xp, count(*) AS learners
  FROM "weekly_xp", (VALUES (1), (64)) AS widths (width) GROUP BY 1, 2, 3
  UNION ALL SELECT week, width, xp, -learners FROM "weekly_xp_counts") AS missing
GROUP BY 1, 2, 3 HAVING sum(learners) <> 0
ON CONFLICT (week, width, xp, shard) DO UPDATE SET learners = c.learners + EXCLUDED.learners;
