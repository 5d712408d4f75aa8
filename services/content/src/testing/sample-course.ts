import { strToU8, zipSync } from 'fflate';
import { v7 as uuidv7 } from 'uuid';
import { type CourseDraft, courseDraft } from '../courses/course-draft.ts';
import { sampleExercises } from '../exercises/testing/sample-exercises.ts';
import type { CourseFiles } from '../imports/course-files.ts';
import { writeCourse } from '../imports/write-course.ts';
import type { Answer, Harness, User } from './harness.ts';

/** A small course with an exercise of each kind in its first lesson; `changes` override its fields. */
export function sampleCourse(changes: Partial<CourseDraft> = {}): CourseDraft {
  const name = `sample-${uuidv7()}`;
  return courseDraft.parse({
    sourceKey: `lms:${name}`,
    slug: name,
    language: 'en',
    forLanguage: 'vi',
    level: 'A1',
    title: { vi: 'Tiếng Anh thật dễ', en: 'Easy English' },
    description: { vi: 'Khóa học đầu tiên', en: 'A first course' },
    license: { name: 'CC BY 4.0', url: 'https://creativecommons.org/licenses/by/4.0/' },
    specialCharacters: ['é'],
    units: [
      {
        sourceKey: 'unit-1',
        title: { vi: 'Bắt đầu', en: 'Start' },
        lessons: [
          {
            sourceKey: 'unit-1/all-kinds',
            title: { vi: 'Đủ loại', en: 'All kinds' },
            notes: { vi: '## Ghi chú', en: '## Notes' },
            image: 'media/images/t.png',
            items: [
              {
                sourceKey: 'hello',
                text: 'Hello',
                synonyms: ['Hi'],
                translations: { vi: ['Xin chào', 'Chào'], fr: ['Salut'] },
                audio: 'media/audio/a.mp3',
                images: ['media/images/apple.png'],
              },
            ],
            exercises: sampleExercises.map((exercise) => ({
              sourceKey: `unit-1/all-kinds/${exercise.kind}`,
              exercise,
            })),
          },
          {
            sourceKey: 'unit-1/second',
            title: { en: 'Second' },
            items: [],
            exercises: [{ sourceKey: 'unit-1/second/mcq', exercise: sampleExercises[0] }],
          },
        ],
      },
    ],
    ...changes,
  });
}

/** Files as a zip; texts or bytes by path. */
export function zipOf(files: CourseFiles | Record<string, string>): Uint8Array {
  const entries = files instanceof Map ? [...files] : Object.entries(files as Record<string, string>);
  return zipSync(
    Object.fromEntries(
      entries.map(([path, content]) => [path, typeof content === 'string' ? strToU8(content) : content]),
    ),
  );
}

export async function zipOfCourse(draft: CourseDraft): Promise<Uint8Array> {
  return zipOf(await writeCourse(draft));
}

export function importZip(harness: Harness, editor: User, zip: Uint8Array, query = ''): Promise<Answer> {
  return harness.call(editor, 'POST', `/courses/import${query}`, { zip });
}

export interface PublishedSample {
  courseId: string;
  lessonIds: string[];
  draft: CourseDraft;
}

/** Imports and publishes; throws unless both work. */
export async function publishSample(
  harness: Harness,
  editor: User,
  draft: CourseDraft = sampleCourse(),
): Promise<PublishedSample> {
  const imported = await importZip(harness, editor, await zipOfCourse(draft));
  if (imported.status > 201) throw new Error(JSON.stringify(imported.body));
  const { courseId, lessons } = imported.body;
  const published = await harness.call(editor, 'POST', `/courses/${courseId}/publish`, {
    body: { allowMissingMedia: true },
  });
  if (published.status !== 200) throw new Error(JSON.stringify(published.body));
  return { courseId, draft, lessonIds: lessons.map(({ id }: { id: string }) => id) };
}
