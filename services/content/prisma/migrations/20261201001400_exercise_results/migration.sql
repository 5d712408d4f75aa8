-- When a learner answered an exercise correctly: one row instead of a look into every month of "answers".
CREATE TABLE "exercise_results" (
  "user_id" UUID NOT NULL,
  "exercise_id" UUID NOT NULL,
  "first_correct_at" TIMESTAMPTZ(3) NOT NULL,
  "last_correct_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "exercise_results_pkey" PRIMARY KEY ("user_id", "exercise_id")
)
-- Room on each page for the new version of a row, so that practising again does not write to the index.
WITH (fillfactor = 90);
INSERT INTO "exercise_results" ("user_id", "exercise_id", "first_correct_at", "last_correct_at")
SELECT "user_id", "exercise_id", min("answered_at"), max("answered_at") FROM "answers"
WHERE "correct" GROUP BY "user_id", "exercise_id";
