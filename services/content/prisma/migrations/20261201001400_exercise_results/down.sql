DROP TABLE "exercise_results";
