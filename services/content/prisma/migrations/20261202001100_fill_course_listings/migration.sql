-- Courses that the trigger has listed meanwhile are left as they are.
WITH listed AS (
  INSERT INTO "course_listings" (draft, course_id, language, for_language, level, search_text)
  SELECT true, id, language, for_language, level, search_text FROM "courses"
  UNION ALL
  SELECT false, c.id, v.language, v.for_language, v.level, v.search_text
  FROM "courses" c JOIN "course_versions" v ON v.id = c.published_version_id
  ON CONFLICT DO NOTHING RETURNING *)
INSERT INTO "course_listing_keys" (draft, language, for_language, level, course_id)
SELECT l.draft, learned, taught, grade, l.course_id
FROM listed l, unnest(tag_prefixes(l.language)) AS learned, unnest(tag_prefixes(l.for_language)) AS taught,
  unnest(ARRAY['', l.level]) AS grade
WHERE grade IS NOT NULL
ON CONFLICT DO NOTHING;
