DROP TRIGGER "note_correct_answer" ON "answers";
DROP FUNCTION "note_correct_answer"();
