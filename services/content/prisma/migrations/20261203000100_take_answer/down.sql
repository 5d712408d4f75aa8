DROP FUNCTION "take_answer";
