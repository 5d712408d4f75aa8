const userColumns = `u.id, u.email, u.display_name AS "displayName", u.role, u.locale, u.time_zone AS "timeZone",
  u.created_at AS "createdAt"`;

/** Statements with names, so that PostgreSQL parses and plans each once per connection. */
export const statements = {
  findLesson: {
    name: 'find_lesson',
    text: 'SELECT id, course_id AS "courseId", title, notes, items FROM lessons WHERE id = $1',
  },
  listExercises: {
    name: 'list_exercises',
    text: 'SELECT id, kind, prompt, content FROM exercises WHERE lesson_id = $1 ORDER BY position',
  },
  listCourses: {
    name: 'list_courses',
    text: `SELECT id, slug, language, for_language AS "forLanguage", level, title, description, lessons,
        updated_at AS "updatedAt"
      FROM courses
      WHERE ($1::uuid IS NULL OR id > $1) AND ($2::text IS NULL OR title ILIKE $2 OR description ILIKE $2)
      ORDER BY id LIMIT $3`,
  },
  insertAnswer: {
    name: 'insert_answer',
    text: 'INSERT INTO answers (id, user_id, exercise_id, answer) VALUES ($1, $2, $3, $4)',
  },
  findUser: { name: 'find_user', text: `SELECT ${userColumns} FROM users u WHERE u.id = $1` },
  findUserByEmail: {
    name: 'find_user_by_email',
    text: `SELECT ${userColumns}, u.password_hash AS "passwordHash" FROM users u WHERE u.email = $1`,
  },
  insertSession: {
    name: 'insert_session',
    text: 'INSERT INTO sessions (id, user_id, token_hash, expires_at) VALUES ($1, $2, $3, $4)',
  },
  rotateSession: {
    name: 'rotate_session',
    text: `UPDATE sessions s SET token_hash = $2, expires_at = $3, last_used_at = now()
      FROM users u WHERE s.token_hash = $1 AND s.expires_at > now() AND u.id = s.user_id
      RETURNING s.id AS "sessionId", ${userColumns}`,
  },
};
