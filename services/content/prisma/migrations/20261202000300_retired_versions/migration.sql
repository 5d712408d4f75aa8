-- A version that nobody reads any more keeps its row, which attempts refer to, and loses its content.
ALTER TABLE "course_versions" ADD COLUMN "retired_at" TIMESTAMPTZ(3), ADD COLUMN "emptied_at" TIMESTAMPTZ(3);

-- Also for releases that do not know of retired versions.
CREATE FUNCTION "refuse_retired_version"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF EXISTS (SELECT FROM course_versions WHERE id = NEW.published_version_id AND retired_at IS NOT NULL) THEN
    RAISE EXCEPTION 'a retired version cannot be published' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "courses_publish" BEFORE UPDATE OF "published_version_id" ON "courses" FOR EACH ROW
  WHEN (NEW.published_version_id IS DISTINCT FROM OLD.published_version_id AND NEW.published_version_id IS NOT NULL)
  EXECUTE FUNCTION "refuse_retired_version"();
