-- Fills freshly migrated schemas (auth, content, media, ai) with what the platform holds after two years, so that
-- plans and buffers can be looked at. Row counts are those of the full scale; gen.f() takes the fraction of them that
-- is wanted, and the sizes of courses come from settings (fill-database.ts sets both). Parts are run one by one.

-- part: helpers
CREATE SCHEMA gen;
CREATE FUNCTION gen.f(count int) RETURNS int LANGUAGE sql STABLE AS
  $$ SELECT greatest(1, (count * current_setting('growth.fraction')::float8)::int) $$;
CREATE FUNCTION gen.size(name text) RETURNS int LANGUAGE sql STABLE AS $$ SELECT current_setting('growth.' || name)::int $$;
CREATE FUNCTION gen.v7(at timestamptz) RETURNS uuid LANGUAGE sql VOLATILE AS $$ SELECT uuidv7(at - clock_timestamp()) $$;

-- part: secondary indexes are dropped, and made again at the end
CREATE TABLE gen.saved_indexes AS
SELECT n.nspname, c.relname, pg_get_indexdef(i.indexrelid) AS def
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('auth', 'content', 'media', 'ai') AND c.relkind = 'i' AND NOT c.relispartition
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid);
DO $$ DECLARE r record; BEGIN
  FOR r IN SELECT * FROM gen.saved_indexes LOOP EXECUTE format('DROP INDEX %I.%I', r.nspname, r.relname); END LOOP;
END $$;

-- part: people
CREATE UNLOGGED TABLE gen.users AS
SELECT n, gen.v7(at) AS id, at
FROM (SELECT n, now() - interval '3 years' * (1 - n / (gen.f(1000000) + 1.0)) AS at FROM generate_series(1, gen.f(1000000)) n) s;
ALTER TABLE gen.users ADD PRIMARY KEY (n);
CREATE UNLOGGED TABLE gen.learners AS SELECT (n / 5)::int AS l, id, at FROM gen.users WHERE n % 5 = 0;
ALTER TABLE gen.learners ADD PRIMARY KEY (l);
INSERT INTO auth.users (id, email, email_verified_at, password_hash, display_name, role, locale, time_zone, suspended_at, created_at, updated_at)
SELECT id, 'person' || n || '@mail' || n % 50 || '.example', at,
  '$argon2id$v=19$m=19456,t=2,p=1$' || md5(n::text) || '$' || md5(n || 'x') || md5(n || 'y'), 'Person ' || n,
  CASE WHEN n <= 5 THEN 'admin' WHEN n <= 200 THEN 'editor' ELSE 'learner' END, (ARRAY['vi','en','ja','ko'])[1 + n % 4],
  (ARRAY['Asia/Ho_Chi_Minh','UTC','Asia/Tokyo','Europe/Paris'])[1 + n % 4], CASE WHEN n % 2000 = 0 THEN at END, at, at
FROM gen.users;

-- part: sessions; a tenth is live, the others ended or expired
INSERT INTO auth.sessions (id, user_id, device_name, token_hash, generation, rotated_at, created_at, last_used_at, expires_at, revoked_at, revoke_reason)
SELECT gen.v7(t), u.id, 'Phone ' || k % 9, md5(k::text) || md5(k || 'z'), (k % 500)::int,
  ARRAY[t + interval '1 day', t + interval '2 days', t + interval '3 days'], t, t + interval '3 days',
  CASE WHEN k % 10 = 0 THEN now() + interval '6 days' * random() ELSE t + interval '1 day' END,
  CASE WHEN k % 10 = 1 THEN t + interval '1 hour' END, CASE WHEN k % 10 = 1 THEN 'signed_out' END
FROM (SELECT k, now() - interval '40 days' * (1 - k / (gen.f(3000000) + 1.0)) AS t,
    1 + floor(gen.f(1000000) * power(random(), 2))::int AS n FROM generate_series(1, gen.f(3000000)) k) s
JOIN gen.users u USING (n) ORDER BY k;
INSERT INTO auth.mail_tokens (token_hash, user_id, purpose, expires_at, created_at)
SELECT md5(k::text) || md5(k || 'm'), u.id, CASE WHEN k % 3 = 0 THEN 'reset_password' ELSE 'verify_email' END,
  now() + interval '2 days' * (random() - 0.5), now() - interval '1 day'
FROM generate_series(1, gen.f(300000)) k JOIN gen.users u ON u.n = 1 + (k::bigint * 7919) % gen.f(1000000);
INSERT INTO auth.erasures (id, user_id, requested_at, content_erased_at, media_erased_at, ai_erased_at, completed_at)
SELECT gen_random_uuid(), gen_random_uuid(), now() - interval '1 year' * random(), now(), now(),
  CASE WHEN k % 100 > 0 THEN now() END, CASE WHEN k % 100 > 0 THEN now() END FROM generate_series(1, gen.f(100000)) k;

-- part: courses; number 2000 is the biggest that may exist, and the first 50 have most learners, and 20 versions
CREATE UNLOGGED TABLE gen.words AS SELECT w, substr(md5('word' || w), 1, 4 + w % 5) AS word FROM generate_series(1, 600) w;
CREATE UNLOGGED TABLE gen.courses AS
SELECT c, gen.v7(now() - interval '2 years' * (1 - c / 2001.0)) AS id,
  CASE WHEN c = 2000 THEN gen.size('biggest_lessons') ELSE gen.size('lessons') + (c * 37) % (1 + gen.size('more_lessons')) + CASE WHEN c <= 50 THEN 10 ELSE 0 END END AS lessons,
  CASE WHEN c = 2000 THEN 1 WHEN c <= 50 THEN 20 WHEN c <= 1700 THEN 1 + c % 3 ELSE 0 END AS versions,
  CASE WHEN c = 2000 THEN gen.size('biggest_exercises') ELSE gen.size('exercises') END AS per_lesson,
  (ARRAY['en','en-GB','en','ja','ko','zh','fr','de','es','en'])[1 + c % 10] AS language,
  (ARRAY['vi','vi','vi','en','ja','vi','fr','de','es','ko'])[1 + (c / 10) % 10] AS for_language, w.search_text
FROM generate_series(1, 2000) c, LATERAL (
  SELECT string_agg(word, ' ' ORDER BY w) AS search_text FROM gen.words WHERE (w * 7 + c * 13) % 600 < gen.size('words')) w;
ALTER TABLE gen.courses ADD PRIMARY KEY (c);
INSERT INTO content.courses (id, source_key, slug, language, for_language, level, title, description, license, attribution, search_text, content_hash, latest_version, created_by, created_at, updated_at)
SELECT c.id, 'course-' || c, 'course-' || c, language, for_language, (ARRAY['A1','A2','B1','B2',NULL])[1 + c % 5],
  jsonb_build_object('en', left(search_text, 30), 'vi', right(search_text, 30)),
  jsonb_build_object('en', left(search_text, 200), 'vi', right(search_text, 200)), '{"name": "CC BY-SA 4.0"}', 'Somebody',
  search_text, md5('h' || c), versions, u.id, now(), now()
FROM gen.courses c JOIN gen.users u ON u.n = 6 + c % 20;

-- part: drafts
CREATE UNLOGGED TABLE gen.units AS
SELECT c, un, gen.v7(now() - interval '2 years' * (1 - c / 2001.0)) AS id FROM gen.courses, LATERAL generate_series(1, (lessons + 9) / 10) un;
CREATE UNIQUE INDEX ON gen.units (c, un);
CREATE UNLOGGED TABLE gen.lessons AS
SELECT (row_number() OVER (ORDER BY c, pos))::int AS k, x.* FROM (
  SELECT c.c, pos, 1 + (pos - 1) / 10 AS un, gen.v7(now() - interval '2 years' * (1 - c / 2001.0)) AS id,
    jsonb_build_object('title', jsonb_build_object('en', 'Lesson ' || pos, 'vi', 'Bài ' || pos),
      'notes', jsonb_build_object('vi', repeat(md5(c || 'n' || pos), 12)), 'image', 'media/images/' || pos || '.webp',
      'items', (SELECT jsonb_agg(jsonb_build_object('id', gen_random_uuid(), 'kind', 'word', 'text', md5(c || 'i' || pos || i),
        'translations', jsonb_build_object('vi', jsonb_build_array(md5(i || 'v' || c))))) FROM generate_series(1, 8) i)) AS document
  FROM gen.courses c, LATERAL generate_series(1, lessons) pos) x;
ALTER TABLE gen.lessons ADD PRIMARY KEY (k);
CREATE UNIQUE INDEX ON gen.lessons (c, pos);
CREATE UNLOGGED TABLE gen.exercises AS
SELECT l.k, l.c, l.id AS lesson_id, e, gen.v7(now() - interval '2 years' * (1 - l.c / 2001.0)) AS id,
  CASE WHEN e = 4 AND l.k % 10 < 3 THEN 'writing' ELSE (ARRAY['mcq','fill_blank','translation','listening','speaking','reorder'])[1 + (e - 1) % 6] END AS kind,
  jsonb_build_object('kind', 'mcq', 'items', jsonb_build_array(md5(l.k || 'e' || e)),
    'prompt', jsonb_build_object('en', 'Choose the right answer.', 'vi', 'Chọn đáp án đúng.'),
    'content', jsonb_build_object('audio', 'media/audio/' || l.pos || '-' || e || '.mp3', 'options',
      jsonb_build_array(md5(e || 'o1' || l.k), md5(e || 'o2' || l.k), md5(e || 'o3' || l.k), md5(e || 'o4' || l.k))),
    'solution', '{"correct": 0}'::jsonb) AS content
FROM gen.lessons l JOIN gen.courses c USING (c), LATERAL generate_series(1, c.per_lesson) e ORDER BY l.k, e;
ALTER TABLE gen.exercises ADD PRIMARY KEY (k, e);
ANALYZE gen.courses, gen.lessons, gen.exercises, gen.units;
INSERT INTO content.units (id, course_id, source_key, position, title)
SELECT u.id, c.id, 'u' || un, un, jsonb_build_object('en', 'Unit ' || un) FROM gen.units u JOIN gen.courses c USING (c);
INSERT INTO content.lessons (id, course_id, unit_id, source_key, position, title, notes, image_path)
SELECT l.id, c.id, u.id, 'u' || l.un || '/l' || pos, (pos - 1) % 10, l.document->'title', l.document->'notes', l.document->>'image'
FROM gen.lessons l JOIN gen.courses c USING (c) JOIN gen.units u ON u.c = l.c AND u.un = l.un ORDER BY l.k;
INSERT INTO content.exercises (id, course_id, lesson_id, source_key, position, kind, content)
SELECT e.id, c.id, e.lesson_id, e.k || '/' || e.e, e.e - 1, e.kind, e.content FROM gen.exercises e JOIN gen.courses c USING (c) ORDER BY e.k, e.e;
INSERT INTO content.learning_items (id, course_id, lesson_id, source_key, position, content)
SELECT gen.v7(now()), c.id, l.id, l.k || '/' || i, i - 1,
  jsonb_build_object('kind', 'word', 'text', md5(l.k || 'i' || i), 'translations', jsonb_build_object('vi', jsonb_build_array(md5(i || 'v' || l.k))))
FROM gen.lessons l JOIN gen.courses c USING (c), LATERAL generate_series(1, 8) i ORDER BY l.k, i;
INSERT INTO content.content_ids (course_id, kind, source_key, id)
SELECT course_id, 'unit', source_key, id FROM content.units UNION ALL SELECT course_id, 'lesson', source_key, id FROM content.lessons
UNION ALL SELECT course_id, 'exercise', source_key, id FROM content.exercises
UNION ALL SELECT course_id, 'item', source_key, id FROM content.learning_items ORDER BY 1, 2, 3;

-- part: versions
CREATE UNLOGGED TABLE gen.versions AS
SELECT c, v, gen.v7(now() - interval '1 year' + interval '1 day' * v) AS id FROM gen.courses, LATERAL generate_series(1, versions) v;
CREATE UNIQUE INDEX ON gen.versions (c, v);
ANALYZE gen.versions;
INSERT INTO content.course_versions (id, course_id, version, content_hash, slug, language, for_language, level, title, description, license, attribution, search_text, outline, lesson_count, published_by, published_at)
SELECT v.id, c.id, v.v, md5(c.c || 'v' || v.v), 'course-' || c.c, language, for_language, (ARRAY['A1','A2','B1','B2',NULL])[1 + c.c % 5],
  jsonb_build_object('en', left(search_text, 30), 'vi', right(search_text, 30)),
  jsonb_build_object('en', left(search_text, 200), 'vi', right(search_text, 200)), '{"name": "CC BY-SA 4.0"}', 'Somebody', search_text,
  o.outline, c.lessons, u.id, now() - interval '1 year' + interval '1 day' * v.v
FROM gen.versions v JOIN gen.courses c USING (c) JOIN gen.users u ON u.n = 6 + c % 20
JOIN (SELECT c, jsonb_agg(unit ORDER BY un) AS outline FROM (
    SELECT l.c, l.un, jsonb_build_object('id', u.id, 'title', jsonb_build_object('en', 'Unit ' || l.un), 'lessons',
      jsonb_agg(jsonb_build_object('id', l.id, 'title', l.document->'title', 'image', NULL, 'exercises', 6, 'items', 8) ORDER BY l.pos)) AS unit
    FROM gen.lessons l JOIN gen.units u USING (c, un) GROUP BY l.c, l.un, u.id) x GROUP BY c) o ON o.c = c.c
ORDER BY v.v, c.c;
INSERT INTO content.version_lessons (version_id, lesson_id, unit_id, position, exercise_count, document)
SELECT v.id, l.id, u.id, (pos - 1) % 10, c.per_lesson, l.document
FROM gen.versions v JOIN gen.courses c USING (c) JOIN gen.lessons l USING (c) JOIN gen.units u ON u.c = l.c AND u.un = l.un ORDER BY v.v, v.c, l.pos;
INSERT INTO content.version_exercises (version_id, exercise_id, lesson_id, position, kind, content)
SELECT v.id, e.id, e.lesson_id, e.e - 1, e.kind, e.content FROM gen.versions v JOIN gen.exercises e USING (c) ORDER BY v.v, v.c, e.k, e.e;
UPDATE content.course_versions x SET retired_at = now() - interval '1 day', emptied_at = CASE WHEN v.c > 3 THEN now() END
FROM gen.versions v WHERE v.id = x.id AND v.c <= 50 AND v.v <= 5;
UPDATE content.courses x SET published_version_id = v.id FROM gen.courses c JOIN gen.versions v ON v.c = c.c AND v.v = c.versions WHERE x.id = c.id;
-- The trigger on courses lists them.
SET session_replication_role = origin;
UPDATE content.courses SET search_text = search_text;
SET session_replication_role = replica;

-- part: files
CREATE UNLOGGED TABLE gen.assets AS
SELECT a, gen.v7(at) AS id, at,
  CASE WHEN a <= gen.f(240000) THEN 6 + a % 20 WHEN a <= gen.f(340000) THEN 6
    ELSE 5 * (1 + floor(gen.f(200000) * power(random(), 3))::int) END AS n,
  CASE WHEN a <= gen.f(340000) THEN 'lesson_audio' WHEN a % 20 = 0 THEN 'avatar' ELSE 'recording' END AS purpose,
  CASE WHEN a <= gen.f(340000) OR a % 100 > 3 THEN 'ready' WHEN a > gen.f(1900000) THEN (ARRAY['pending','rejected','deleted','ready'])[1 + a % 100] ELSE 'ready' END AS status
FROM (SELECT a, now() - interval '1 year' * (1 - a / (gen.f(2000000) + 1.0)) AS at FROM generate_series(1, gen.f(2000000)) a) s;
ALTER TABLE gen.assets ADD PRIMARY KEY (a);
INSERT INTO media.assets (id, owner_id, purpose, lesson_id, status, key, content_type, size_bytes, checksum_sha256, duration_ms, upload_expires_at, created_at, ready_at)
SELECT a.id, u.id, a.purpose, CASE WHEN a.purpose = 'lesson_audio' THEN (SELECT id FROM gen.lessons WHERE k = 1 + a % (SELECT max(k) FROM gen.lessons)) END, a.status,
  CASE WHEN a.purpose = 'lesson_audio' THEN 'lessons/' ELSE 'users/' END || u.id || '/' || a.id || '.mp3', 'audio/mpeg', 20000 + a % 100000,
  md5(a::text) || md5(a || 's'), 3000, a.at + interval '1 hour', a.at, CASE WHEN a.status = 'ready' THEN a.at END
FROM gen.assets a JOIN gen.users u USING (n) ORDER BY a.a;
INSERT INTO media.daily_uploads (user_id, day, personal_files, personal_bytes)
SELECT u.id, current_date - k, 3, 90000 FROM (
  SELECT DISTINCT 5 * (1 + floor(gen.f(200000) * power(random(), 2))::int) AS n, k % 10 AS k FROM generate_series(1, gen.f(500000)) k) s JOIN gen.users u USING (n);
INSERT INTO media.erasures (user_id, erasure_id, requested_at, completed_at) SELECT gen_random_uuid(), gen_random_uuid(), now(), now() FROM generate_series(1, gen.f(100000));
INSERT INTO content.media_assets (asset_id, owner_id, purpose, status, lesson_id, key, content_type, size_bytes, duration_ms, updated_at)
SELECT id, owner_id, purpose, status, lesson_id, CASE WHEN status = 'ready' THEN key END, content_type, size_bytes, duration_ms, created_at
FROM media.assets WHERE status <> 'pending' AND (purpose = 'lesson_audio' OR created_at > now() - interval '160 days') ORDER BY created_at;
INSERT INTO content.course_media (course_id, path, asset_id, attached_at)
SELECT c.id, p.path, a.id, now() FROM gen.lessons l JOIN gen.courses c USING (c)
  CROSS JOIN LATERAL (VALUES ('media/audio/' || l.pos || '-3.mp3'), ('media/audio/' || l.pos || '-4.mp3'), ('media/images/' || l.pos || '.webp')) p(path)
  JOIN gen.assets a ON a.a = 1 + (l.k * 3 + length(p.path)) % gen.f(240000) ORDER BY l.k;
INSERT INTO content.version_media (version_id, path, asset_id)
SELECT v.id, m.path, m.asset_id FROM gen.versions v JOIN gen.courses c USING (c) JOIN content.course_media m ON m.course_id = c.id ORDER BY v.v, v.c;
INSERT INTO ai.recordings (asset_id, owner_id, key, content_type, size_bytes, duration_ms, ready_at)
SELECT id, owner_id, key, content_type, size_bytes, duration_ms, created_at FROM media.assets
WHERE purpose = 'recording' AND status = 'ready' AND created_at > now() - interval '120 days' ORDER BY created_at;
INSERT INTO ai.transcripts (asset_id, language, owner_id, claimed_until, transcription, created_at)
SELECT asset_id, 'en', owner_id, ready_at, jsonb_build_object('text', md5(asset_id::text), 'words',
    (SELECT jsonb_agg(jsonb_build_object('word', md5(i::text), 'start', i, 'end', i + 1)) FROM generate_series(1, 8) i)), ready_at
FROM ai.recordings WHERE ready_at > now() - interval '60 days';

-- part: learners and their answers; a thousand attempts go on at the same time, so rows of one learner lie far apart
INSERT INTO content.learners (user_id, locale, time_zone, erased_at, updated_at)
SELECT id, 'vi', 'Asia/Ho_Chi_Minh', CASE WHEN l % 1000 = 0 THEN now() END, at FROM gen.learners;
CREATE UNLOGGED TABLE gen.taken AS
SELECT l, j, 1 + floor(1700 * power(((l::bigint * 7919 + j * 104729) % 100003) / 100003.0, 3))::int AS c FROM gen.learners, (VALUES (0), (1)) x(j);
ALTER TABLE gen.taken ADD PRIMARY KEY (l, j);
INSERT INTO content.enrollments (user_id, course_id, enrolled_at)
SELECT DISTINCT ON (u.id, c.id) u.id, c.id, u.at + interval '1 hour' FROM gen.taken t JOIN gen.learners u USING (l) JOIN gen.courses c USING (c);
ANALYZE gen.taken, gen.learners, gen.users;
CREATE UNLOGGED TABLE gen.attempts AS
SELECT s.k, gen.v7(s.at) AS id, s.at, s.l, t.c, g.k AS lesson
FROM (SELECT k, now() - interval '1 year' * (1 - k / (gen.f(1000000) + 1.0)) AS at, 1 + floor(gen.f(200000) * power(random(), 3))::int AS l,
    (k % 2)::int AS j, random() AS r FROM generate_series(1, gen.f(1000000)) k) s
JOIN gen.taken t USING (l, j) JOIN gen.courses q ON q.c = t.c JOIN gen.lessons g ON g.c = t.c AND g.pos = 1 + floor(s.r * q.lessons)::int;
ALTER TABLE gen.attempts ADD PRIMARY KEY (k);
ANALYZE gen.attempts;
INSERT INTO content.lesson_attempts (id, user_id, course_id, lesson_id, version_id, started_at, completed_at, xp)
SELECT a.id, u.id, c.id, l.id, v.id, a.at, CASE WHEN a.k % 30 = 0 AND a.latest THEN NULL ELSE a.at + interval '8 minutes' END, 60
FROM (SELECT *, row_number() OVER (PARTITION BY l, lesson ORDER BY k DESC) = 1 AS latest FROM gen.attempts) a
JOIN gen.learners u ON u.l = a.l JOIN gen.courses c ON c.c = a.c JOIN gen.lessons l ON l.k = a.lesson
JOIN gen.versions v ON v.c = a.c AND v.v = greatest(1, c.versions - (a.k % 3)) ORDER BY a.k;
INSERT INTO content.answers (id, user_id, course_id, lesson_id, exercise_id, version_id, attempt_id, kind, answer, correct, score, xp, answered_at)
SELECT gen.v7(s.at2), u.id, c.id, e.lesson_id, e.id, v.id, s.id, e.kind,
  CASE WHEN e.kind = 'writing' THEN jsonb_build_object('kind', 'writing', 'text', repeat(md5(s.k::text), 6)) ELSE '{"kind": "mcq", "choice": 0}' END,
  CASE WHEN e.kind = 'writing' THEN NULL ELSE s.r < 0.8 END, CASE WHEN e.kind = 'writing' THEN NULL WHEN s.r < 0.8 THEN 1 ELSE 0 END,
  CASE WHEN s.r < 0.8 THEN 10 ELSE 0 END, s.at2
FROM (SELECT a.*, e AS ex, a.at + interval '80 seconds' * (e - 1) AS at2, random() AS r FROM gen.attempts a, generate_series(1, 5) e) s
JOIN gen.learners u ON u.l = s.l JOIN gen.exercises e ON e.k = s.lesson AND e.e = s.ex JOIN gen.courses c ON c.c = s.c
JOIN gen.versions v ON v.c = s.c AND v.v = greatest(1, c.versions - (s.k % 3)) ORDER BY (s.k / 1000), s.ex, s.k;
INSERT INTO content.submissions (id, answer_id, user_id, course_id, lesson_id, exercise_id, kind, status, score, xp, feedback, provider, created_at, graded_at)
SELECT gen.v7(answered_at), id, user_id, course_id, lesson_id, exercise_id, kind, 'graded', 0.8, 10,
  jsonb_build_object('summary', repeat(md5(id::text), 10), 'issues', '[]'::jsonb), 'local', answered_at, answered_at + interval '3 seconds'
FROM content.answers WHERE kind = 'writing' ORDER BY answered_at LIMIT gen.f(300000);

-- part: projections
INSERT INTO content.learner_progress (user_id, xp, as_of) SELECT id, 500, now() FROM gen.learners;
-- Its trigger does not run here.
INSERT INTO content.exercise_results (user_id, exercise_id, first_correct_at, last_correct_at)
SELECT user_id, exercise_id, min(answered_at), max(answered_at) FROM content.answers WHERE correct GROUP BY 1, 2;
INSERT INTO content.course_progress (user_id, course_id, xp, answers, graded_answers, correct_answers, last_activity_at)
SELECT user_id, course_id, 250, 25, 24, 20, now() FROM content.enrollments;
INSERT INTO content.lesson_progress (user_id, lesson_id, course_id, xp, answers, graded_answers, correct_answers, completions, first_completed_at, last_activity_at)
SELECT u.id, l.id, c.id, 60, 6, 6, 5, 1, now() - interval '100 days' * random(), now()
FROM gen.taken t JOIN gen.learners u USING (l) JOIN gen.courses c ON c.c = t.c JOIN gen.lessons l ON l.c = t.c AND l.pos <= 1 + (t.l % 15)
ON CONFLICT DO NOTHING;
INSERT INTO content.daily_activity (user_id, day, xp, answers, lessons)
SELECT u.id, current_date - d, 60, 6, 1 FROM gen.learners u, LATERAL generate_series(0, CASE WHEN l <= gen.f(200) THEN 1999 ELSE l % 16 END) d;
-- Triggers keep what is derived from these rows.
SET session_replication_role = origin;
INSERT INTO content.weekly_xp (week, user_id, xp)
SELECT date_trunc('week', now())::date, id, 10 + 10 * floor(300 * power(random(), 3))::int FROM gen.users WHERE n <= gen.f(500000);
INSERT INTO content.weekly_xp (week, user_id, xp)
SELECT date_trunc('week', now())::date - 7 * w, u.id, 10 + 10 * floor(300 * power(random(), 3))::int
FROM generate_series(1, 60) w, LATERAL (SELECT id FROM gen.users WHERE n % 200 = w) u;
SET session_replication_role = replica;

-- part: gradings
INSERT INTO ai.grading_jobs (id, user_id, kind, submission_id, language_tag, status, attempts, lease_until, feedback, created_at, finished_at)
SELECT gen.v7(t), u.id, CASE WHEN k % 2 = 0 THEN 'writing' ELSE 'speaking' END, gen_random_uuid(), 'en', CASE WHEN waits THEN 'queued' ELSE 'done' END, 1, t,
  CASE WHEN NOT waits THEN jsonb_build_object('summary', repeat(md5(k::text), 12)) END, t, CASE WHEN NOT waits THEN t + interval '4 seconds' END
FROM (SELECT k, k > gen.f(995000) AS waits, now() - interval '60 days' * (1 - k / (gen.f(1000000) + 1.0)) AS t,
    5 * (1 + floor(gen.f(200000) * power(random(), 3))::int) AS n FROM generate_series(1, gen.f(1000000)) k) s JOIN gen.users u USING (n) ORDER BY k;
INSERT INTO ai.invocations (id, user_id, provider, model, operation, input_tokens, output_tokens, duration_ms, outcome, recorded_at)
SELECT gen.v7(t), u.id, 'openai', 'gpt-5-mini', 'writing', 400, 300, 2500, 'ok', t
FROM (SELECT k, now() - interval '180 days' * (1 - k / (gen.f(1000000) + 1.0)) AS t, 5 * (1 + floor(gen.f(200000) * power(random(), 3))::int) AS n
  FROM generate_series(1, gen.f(1000000)) k) s JOIN gen.users u USING (n) ORDER BY k;
INSERT INTO ai.daily_usage (user_id, day, calls, tokens)
SELECT DISTINCT u.id, current_date - d, 5, 4000 FROM (
  SELECT (k % 14)::int AS d, 5 * (1 + floor(gen.f(200000) * power(random(), 2))::int) AS n FROM generate_series(1, gen.f(600000)) k) s JOIN gen.users u USING (n);
INSERT INTO ai.erasures (user_id, erasure_id, erased_at) SELECT gen_random_uuid(), gen_random_uuid(), now() FROM generate_series(1, gen.f(100000));

-- part: idempotency keys
INSERT INTO content.idempotency_keys (scope, key, request_hash, response, created_at)
SELECT u.id || ' POST /exercises/' || md5((k % 1000)::text) || '/answers', md5(k::text), md5(k || 'r') || md5(k || 'q'),
  jsonb_build_object('answerId', gen_random_uuid(), 'correct', true, 'score', 1, 'xp', 10, 'solution', md5(k || 's'), 'explanation', repeat(md5(k || 'x'), 4)),
  now() - interval '25 hours' * (1 - k / (gen.f(500000) + 1.0))
FROM (SELECT k, 1 + floor(gen.f(200000) * power(random(), 2))::int AS l FROM generate_series(1, gen.f(500000)) k) s JOIN gen.learners u USING (l) ORDER BY k;
INSERT INTO ai.idempotency_keys (scope, key, request_hash, response, created_at) SELECT scope, key, request_hash, response, created_at FROM content.idempotency_keys;
INSERT INTO media.idempotency_keys (scope, key, request_hash, response, created_at) SELECT scope, key, request_hash, response, created_at FROM content.idempotency_keys;
INSERT INTO auth.idempotency_keys (scope, key, request_hash, response, created_at) SELECT scope, key, request_hash, response, created_at FROM content.idempotency_keys;

-- part: indexes
DO $$ DECLARE r record; BEGIN FOR r IN SELECT * FROM gen.saved_indexes LOOP EXECUTE r.def; END LOOP; END $$;
