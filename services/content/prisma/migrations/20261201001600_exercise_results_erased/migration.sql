-- The previous release erases learners without knowing the table.
CREATE FUNCTION "forget_exercise_results"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM exercise_results WHERE user_id = NEW.user_id;
  RETURN NULL;
END $$;
CREATE TRIGGER "forget_exercise_results" AFTER UPDATE OF "erased_at" ON "learners"
  FOR EACH ROW WHEN (NEW."erased_at" IS NOT NULL) EXECUTE FUNCTION "forget_exercise_results"();
-- Those that it erased since the table exists.
DELETE FROM "exercise_results" r USING "learners" l WHERE l."user_id" = r."user_id" AND l."erased_at" IS NOT NULL;
