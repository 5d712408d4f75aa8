import { v7 as uuidv7 } from 'uuid';
import type { Tx } from '../deps.ts';
import { searchable } from '../localised-texts/localised-text.ts';
import { type CourseDraft, hashDraft } from './course-draft.ts';

export interface SavedCourse {
  courseId: string;
  created: boolean;
  changed: boolean;
  contentHash: string;
}

/**
 * Replaces the draft with the content of the files. A course with the same source key is updated: keys keep their
 * ids, and paths that are still named keep their files. The course's row is locked from here on.
 */
export async function saveDraft(tx: Tx, draft: CourseDraft, userId: string): Promise<SavedCourse> {
  const contentHash = hashDraft(draft);
  const known = await claimCourse(tx, draft, { userId, contentHash });
  if (!known.created && known.contentHash === contentHash)
    return { courseId: known.id, created: false, changed: false, contentHash };
  if (!known.created)
    await tx.course.update({ where: { id: known.id }, data: { ...columnsOf(draft), contentHash } });
  await replaceContent(tx, known.id, draft);
  return { courseId: known.id, created: known.created, changed: true, contentHash };
}

/** Inserts the course or locks the existing one, even during concurrent imports. */
async function claimCourse(
  tx: Tx,
  draft: CourseDraft,
  { userId, contentHash }: { userId: string; contentHash: string },
): Promise<{ id: string; contentHash: string; created: boolean }> {
  const id = uuidv7();
  const inserted = await tx.course.createMany({
    data: [{ id, sourceKey: draft.sourceKey, ...columnsOf(draft), contentHash, createdBy: userId }],
    skipDuplicates: true,
  });
  if (inserted.count === 1) return { id, contentHash, created: true };
  const [known] = await tx.$queryRawUnsafe<{ id: string; contentHash: string }[]>(
    `SELECT id::text, content_hash AS "contentHash" FROM courses WHERE source_key = $1 FOR NO KEY UPDATE`,
    draft.sourceKey,
  );
  if (known) return { ...known, created: false };
  throw new SlugTakenError();
}

/** Another course has the slug. */
export class SlugTakenError extends Error {}

function columnsOf({ slug, language, forLanguage, title, description, ...more }: CourseDraft) {
  return {
    slug,
    language,
    forLanguage,
    title,
    description,
    searchText: searchTextOf({ title, description, slug }),
    level: more.level ?? null,
    attribution: more.attribution ?? null,
    ...(more.license ? { license: more.license } : {}),
    ...(more.specialCharacters ? { specialCharacters: more.specialCharacters } : {}),
  };
}

/** The text that is searched. */
export function searchTextOf({
  title,
  description,
  slug,
}: Pick<CourseDraft, 'title' | 'description' | 'slug'>) {
  return searchable([...Object.values(title), ...Object.values(description), slug].join(' '));
}

async function replaceContent(tx: Tx, courseId: string, draft: CourseDraft): Promise<void> {
  // A column that is left out above keeps its old value, but values that the files no longer have must be removed.
  await tx.$executeRawUnsafe(
    `UPDATE courses SET license = $2::jsonb, special_characters = $3::jsonb WHERE id = $1::uuid`,
    courseId,
    draft.license ? JSON.stringify(draft.license) : null,
    draft.specialCharacters ? JSON.stringify(draft.specialCharacters) : null,
  );
  await tx.unit.deleteMany({ where: { courseId } });
  const idOf = await giveIds(tx, courseId, draft);
  const units = draft.units.map((unit, position) => ({
    ...unit,
    position,
    id: idOf('unit', unit.sourceKey),
  }));
  const lessons = units.flatMap((unit) =>
    unit.lessons.map((lesson, position) => ({
      ...lesson,
      position,
      unitId: unit.id,
      id: idOf('lesson', lesson.sourceKey),
    })),
  );
  await tx.unit.createMany({
    data: units.map(({ id, sourceKey, position, title }) => ({ id, courseId, sourceKey, position, title })),
  });
  await tx.lesson.createMany({
    data: lessons.map(({ id, unitId, sourceKey, position, title, notes, image }) => ({
      id,
      courseId,
      unitId,
      sourceKey,
      position,
      title,
      ...(notes ? { notes } : {}),
      imagePath: image ?? null,
    })),
  });
  const exercises = lessons.flatMap((lesson) =>
    lesson.exercises.map(({ sourceKey, exercise }, position) => ({
      id: idOf('exercise', sourceKey),
      lesson_id: lesson.id,
      source_key: sourceKey,
      position,
      kind: exercise.kind,
      content: exercise,
    })),
  );
  await tx.$executeRawUnsafe(
    `INSERT INTO exercises (id, course_id, lesson_id, source_key, position, kind, content)
     SELECT id, $1::uuid, lesson_id, source_key, position, kind, content FROM jsonb_to_recordset($2::jsonb)
       AS t(id uuid, lesson_id uuid, source_key text, position int, kind text, content jsonb)`,
    courseId,
    JSON.stringify(exercises),
  );
  const items = lessons.flatMap((lesson) =>
    lesson.items.map(({ sourceKey, ...content }, position) => ({
      id: idOf('item', sourceKey),
      lesson_id: lesson.id,
      source_key: sourceKey,
      position,
      content,
    })),
  );
  await tx.$executeRawUnsafe(
    `INSERT INTO learning_items (id, course_id, lesson_id, source_key, position, content)
     SELECT id, $1::uuid, lesson_id, source_key, position, content FROM jsonb_to_recordset($2::jsonb)
       AS t(id uuid, lesson_id uuid, source_key text, position int, content jsonb)`,
    courseId,
    JSON.stringify(items),
  );
}

type Kind = 'unit' | 'lesson' | 'exercise' | 'item';

/** Ids of everything in the draft: existing keys retain their ids, and new keys get new ones. */
async function giveIds(
  tx: Tx,
  courseId: string,
  { units }: CourseDraft,
): Promise<(kind: Kind, sourceKey: string) => string> {
  const lessons = units.flatMap((unit) => unit.lessons);
  const keys: [Kind, string][] = [
    ...units.map(({ sourceKey }): [Kind, string] => ['unit', sourceKey]),
    ...lessons.map(({ sourceKey }): [Kind, string] => ['lesson', sourceKey]),
    ...lessons.flatMap(({ exercises }) =>
      exercises.map(({ sourceKey }): [Kind, string] => ['exercise', sourceKey]),
    ),
    ...lessons.flatMap(({ items }) => items.map(({ sourceKey }): [Kind, string] => ['item', sourceKey])),
  ];
  await tx.$executeRawUnsafe(
    `INSERT INTO content_ids (course_id, kind, source_key, id)
     SELECT $1::uuid, kind, source_key, id FROM unnest($2::text[], $3::text[], $4::uuid[]) AS t(kind, source_key, id)
     ON CONFLICT (course_id, kind, source_key) DO NOTHING`,
    courseId,
    keys.map(([kind]) => kind),
    keys.map(([, sourceKey]) => sourceKey),
    keys.map(() => uuidv7()),
  );
  const rows = await tx.contentId.findMany({
    where: { courseId },
    select: { kind: true, sourceKey: true, id: true },
  });
  const ids = new Map(rows.map(({ kind, sourceKey, id }) => [`${kind} ${sourceKey}`, id]));
  return (kind, sourceKey) => {
    const id = ids.get(`${kind} ${sourceKey}`);
    if (!id) throw new Error(`a ${kind} has no id`);
    return id;
  };
}
