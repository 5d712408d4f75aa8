CREATE INDEX "answers_user_id_answered_at_idx" ON "answers" ("user_id", "answered_at");
