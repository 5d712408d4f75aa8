-- What the course lists filter by, of drafts and of published versions, so that a filter is a range of an index and not
-- a walk through all courses. A trigger keeps it, also for releases that do not know of it.
CREATE TABLE "course_listings" (
  "draft" BOOLEAN NOT NULL,
  "course_id" UUID NOT NULL,
  "language" TEXT NOT NULL,
  "for_language" TEXT NOT NULL,
  "level" TEXT,
  "search_text" TEXT NOT NULL,
  CONSTRAINT "course_listings_pkey" PRIMARY KEY ("course_id", "draft"),
  CONSTRAINT "course_listings_course_id_fkey" FOREIGN KEY ("course_id") REFERENCES "courses" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
-- A row for each combination of filters that finds the course; '' is no filter.
CREATE TABLE "course_listing_keys" (
  "draft" BOOLEAN NOT NULL,
  "language" TEXT NOT NULL,
  "for_language" TEXT NOT NULL,
  "level" TEXT NOT NULL,
  "course_id" UUID NOT NULL,
  CONSTRAINT "course_listing_keys_pkey" PRIMARY KEY ("draft", "language", "for_language", "level", "course_id"),
  CONSTRAINT "course_listing_keys_course_id_fkey" FOREIGN KEY ("course_id") REFERENCES "courses" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "course_listing_keys_course_id_idx" ON "course_listing_keys" ("course_id");

-- en-GB is found as '', en and en-gb.
CREATE FUNCTION "tag_prefixes"(tag text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT array_agg(array_to_string(parts[1:length], '-'))
  FROM string_to_array(lower(tag), '-') AS parts, generate_series(0, cardinality(parts)) AS length
$$;
-- Every piece of one, two and three letters. Words are found inside of words, so a text search of whole words would
-- find less; this needs no extension.
CREATE FUNCTION "search_grams"(text text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 10000 AS $$
  SELECT coalesce(array_agg(DISTINCT gram), '{}') FROM (
    SELECT a, a || lead(a, 1) OVER (ORDER BY place) AS ab, a || lead(a, 1) OVER (ORDER BY place) || lead(a, 2) OVER (ORDER BY place) AS abc
    FROM unnest(string_to_array(text, NULL)) WITH ORDINALITY AS letters (a, place)) AS grams,
    LATERAL (VALUES (a), (ab), (abc)) AS each (gram) WHERE gram IS NOT NULL
$$;
CREATE INDEX "course_listings_search_idx" ON "course_listings" USING gin ("search_grams"("search_text")) WITH (fastupdate = off);

CREATE FUNCTION "list_course"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  DELETE FROM course_listings WHERE course_id = NEW.id;
  DELETE FROM course_listing_keys WHERE course_id = NEW.id;
  INSERT INTO course_listings (draft, course_id, language, for_language, level, search_text)
  SELECT true, NEW.id, NEW.language, NEW.for_language, NEW.level, NEW.search_text
  UNION ALL
  SELECT false, NEW.id, language, for_language, level, search_text FROM course_versions WHERE id = NEW.published_version_id;
  INSERT INTO course_listing_keys (draft, language, for_language, level, course_id)
  SELECT l.draft, learned, taught, grade, l.course_id
  FROM course_listings l, unnest(tag_prefixes(l.language)) AS learned, unnest(tag_prefixes(l.for_language)) AS taught,
    unnest(ARRAY['', l.level]) AS grade
  WHERE l.course_id = NEW.id AND grade IS NOT NULL;
  RETURN NULL;
END $$;
CREATE TRIGGER "courses_listed" AFTER INSERT OR UPDATE OF "language", "for_language", "level", "search_text", "published_version_id"
  ON "courses" FOR EACH ROW EXECUTE FUNCTION "list_course"();
