DROP TRIGGER "forget_exercise_results" ON "learners";
DROP FUNCTION "forget_exercise_results"();
