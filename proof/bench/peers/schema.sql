-- Tables of the peers, as someone would model the same work without versions, locales, events and projections.
CREATE TABLE users (
  id uuid PRIMARY KEY,
  email text NOT NULL UNIQUE,
  password_hash text NOT NULL,
  display_name text,
  role text NOT NULL DEFAULT 'learner',
  locale text NOT NULL DEFAULT 'en',
  time_zone text NOT NULL DEFAULT 'UTC',
  created_at timestamptz(3) NOT NULL DEFAULT now()
);
CREATE TABLE sessions (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  token_hash text NOT NULL UNIQUE,
  last_used_at timestamptz(3) NOT NULL DEFAULT now(),
  expires_at timestamptz(3) NOT NULL
);
CREATE INDEX sessions_user_id ON sessions (user_id);
CREATE TABLE courses (
  id uuid PRIMARY KEY,
  slug text NOT NULL UNIQUE,
  language text NOT NULL,
  for_language text NOT NULL,
  level text,
  title text NOT NULL,
  description text NOT NULL,
  lessons int NOT NULL,
  updated_at timestamptz(3) NOT NULL DEFAULT now()
);
CREATE TABLE lessons (
  id uuid PRIMARY KEY,
  course_id uuid NOT NULL REFERENCES courses ON DELETE CASCADE,
  position int NOT NULL,
  title text NOT NULL,
  notes text,
  items jsonb NOT NULL
);
CREATE INDEX lessons_course_id ON lessons (course_id, position);
CREATE TABLE exercises (
  id uuid PRIMARY KEY,
  lesson_id uuid NOT NULL REFERENCES lessons ON DELETE CASCADE,
  position int NOT NULL,
  kind text NOT NULL,
  prompt text NOT NULL,
  content jsonb NOT NULL,
  solution jsonb NOT NULL
);
CREATE INDEX exercises_lesson_id ON exercises (lesson_id, position);
CREATE TABLE answers (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  exercise_id uuid NOT NULL REFERENCES exercises ON DELETE CASCADE,
  answer jsonb NOT NULL,
  answered_at timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX answers_user_id ON answers (user_id, answered_at);
