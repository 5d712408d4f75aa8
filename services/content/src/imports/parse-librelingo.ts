import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { withoutAccents } from '@lms/text';
import { z } from 'zod';
import {
  type CourseDraft,
  courseDraft,
  courseLimits,
  type ItemDraft,
  type LessonDraft,
} from '../courses/course-draft.ts';
import { languageName, lowerFirst } from '../localised-texts/language-name.ts';
import type { CourseError, CourseFiles, ParsedCourse } from './course-files.ts';
import { type CourseProblems, gatherProblems } from './course-problems.ts';
import { buildDictionary, type HintsOf } from './librelingo/librelingo-dictionary.ts';
import { type KnownEntry, skillExercises } from './librelingo/librelingo-exercises.ts';
import { courseFile, moduleFile, skillFile } from './librelingo/librelingo-files.ts';
import { plain, type Skill, toSkill } from './librelingo/librelingo-skill.ts';
import { decodeText, readYaml } from './read-yaml.ts';

type Course = z.output<typeof courseFile>['Course'];

interface ReadModule {
  name: string;
  title: string;
  skills: { lessonKey: string; notes: string | undefined; skill: Skill; known: KnownEntry[] }[];
}

/**
 * Reads a course in the format of LibreLingo: modules become units, skills become lessons, and words and phrases
 * become items. Exercises are generated as in LibreLingo. Keys derive from the skills' ids and the taught words,
 * so they stay the same when a course is imported again, even if a skill moved to another module.
 */
export async function parseLibreLingo(files: CourseFiles): Promise<ParsedCourse> {
  const problems = gatherProblems();
  const read = <S extends z.ZodType>(file: string, schema: S) => readFile({ files, problems, file, schema });
  const root = await read('course.yaml', courseFile);
  if (!root) return { ok: false, errors: problems.errors() };

  const { Course: course, Modules: moduleNames } = root;
  const languages = { target: course.Language.Name, source: course['For speakers of'].Name };
  const lessonKeys = new Set<string>();
  const modules: ReadModule[] = [];
  for (const moduleName of [
    ...new Set(moduleNames.map((name) => posix.normalize(name).replace(/\/$/, ''))),
  ]) {
    const moduleYaml = await read(`${moduleName}/module.yaml`, moduleFile);
    if (!moduleYaml) continue;
    const module: ReadModule = { name: moduleName, title: moduleYaml.Module.Name, skills: [] };
    for (const skillName of moduleYaml.Skills) {
      const file = posix.normalize(`${moduleName}/skills/${skillName}`);
      const skillYaml = await read(file, skillFile);
      if (!skillYaml) continue;
      const skill = toSkill(skillYaml, languages);
      const lessonKey = keyOfSkill(skill.id, file, lessonKeys);
      lessonKeys.add(lessonKey);
      const notes = readNotes(file.replace(/\.ya?ml$/, '.md'), files, problems);
      module.skills.push({
        lessonKey,
        notes,
        skill,
        known: knownEntries(skill, { lessonKey, course, files }),
      });
    }
    modules.push(module);
  }
  if (problems.errors().length > 0) return { ok: false, errors: problems.errors() };
  return checkDraft(toDraft(course, modules));
}

function toDraft(course: Course, modules: ReadModule[]): CourseDraft {
  const target = course.Language['IETF BCP 47'];
  const source = course['For speakers of']['IETF BCP 47'];
  const all = modules.flatMap(({ skills }) => skills);
  const hintsOf = buildDictionary(all.map(({ skill }) => skill));
  // Enough to choose from; a course may have thousands.
  const others = all.flatMap(({ known }) => known).slice(0, 500);
  const specialCharacters = [...new Set(course['Special characters'])];
  return {
    sourceKey:
      `librelingo:${(course.Repository ?? '').replace(/^https?:\/\/|[^\w./-]|\/+$/g, '') || `${target}-from-${source}`}`.slice(
        0,
        200,
      ),
    slug: slugOf(
      `${course.Language.Name} from ${course['For speakers of'].Name}`,
      `${target}-from-${source}`,
    ),
    language: target,
    forLanguage: source,
    ...describe(course),
    ...(specialCharacters.length > 0 ? { specialCharacters } : {}),
    units: modules
      .filter(({ skills }) => skills.length > 0)
      .map((module) => ({
        sourceKey: `module:${keyPart(module.name)}`,
        title: { [source]: module.title },
        lessons: module.skills.map((each) => toLesson(each, { target, source, others, hintsOf })),
      })),
  };
}

function toLesson(
  { lessonKey, notes, skill, known }: ReadModule['skills'][number],
  context: { target: string; source: string; others: KnownEntry[]; hintsOf: HintsOf },
): LessonDraft {
  const [thumbnail] = skill.thumbnails.flatMap(imageOf);
  return {
    sourceKey: lessonKey,
    title: { [context.source]: skill.name },
    ...(notes ? { notes: { [context.source]: notes } } : {}),
    ...(thumbnail ? { image: thumbnail } : {}),
    items: known.map((entry) => toItem(entry, context.source)),
    exercises: skillExercises({ ...context, lessonKey, siblings: known }).slice(
      0,
      courseLimits.exercisesPerLesson,
    ),
  };
}

function toItem(entry: KnownEntry, source: string): ItemDraft {
  const [text = '', ...synonyms] = entry.target.map(plain);
  const images = [...new Set(entry.images.flatMap(imageOf))].slice(0, 10);
  return {
    sourceKey: entry.sourceKey,
    kind: entry.kind,
    text,
    ...(synonyms.length > 0 ? { synonyms: synonyms.slice(0, 30) } : {}),
    translations: { [source]: entry.source.map(plain).slice(0, 30) },
    ...(entry.audio ? { audio: entry.audio } : {}),
    ...(images.length > 0 ? { images } : {}),
  };
}

function knownEntries(
  skill: Skill,
  { lessonKey, course, files }: { lessonKey: string; course: Course; files: CourseFiles },
): KnownEntry[] {
  const used = new Map<string, number>();
  return skill.entries.map((entry) => {
    const taught = `${entry.kind}|${plain(entry.target[0] as string)}|${plain(entry.source[0] as string)}`;
    const times = (used.get(taught) ?? 0) + 1;
    used.set(taught, times);
    const key = createHash('sha256').update(taught).digest('hex').slice(0, 12);
    return {
      ...entry,
      sourceKey: `${lessonKey}/${key}${times > 1 ? `-${times}` : ''}`,
      image: entry.images.flatMap(imageOf)[0],
      audio: audioOf(course.Language.Name, plain(entry.target[0] as string), files),
    };
  });
}

/** LibreLingo names a recording after language and text; it is used if the tree contains it. */
function audioOf(languageName: string, text: string, files: CourseFiles): string | undefined {
  const name = createHash('sha256').update(`${languageName.toLowerCase()}|${text}`).digest('hex');
  const path = `media/audio/${name}.mp3`;
  const places = [path, `audio/${name}.mp3`, `audios/${name}.mp3`, `voice/${name}.mp3`, `${name}.mp3`];
  return places.some((place) => files.has(place)) ? path : undefined;
}

/** LibreLingo names pictures without their folder and extension. */
function imageOf(name: string): string[] {
  const safe = name.replace(/\.(jpg|jpeg)$/i, '').replace(/[^A-Za-z0-9._-]+/g, '-');
  return /^[A-Za-z0-9]/.test(safe) && safe.length <= 120 ? [`media/images/${safe}.jpg`] : [];
}

function describe(course: Course): Pick<CourseDraft, 'title' | 'description' | 'license' | 'attribution'> {
  const target = course.Language['IETF BCP 47'];
  const source = course['For speakers of']['IETF BCP 47'];
  const { License: license, Repository: repository } = course;
  const inEnglish = `${course.Language.Name} for ${course['For speakers of'].Name} speakers`;
  const name = license?.['Short name'] ?? license?.Name.slice(0, 100);
  const url = license?.Link && z.url({ protocol: /^https?$/ }).safeParse(license.Link).data;
  const from = repository ? ` (${repository})` : '';
  return {
    title: {
      en: inEnglish,
      vi: `${languageName(target, 'vi')} cho người nói ${lowerFirst(languageName(source, 'vi'))}`,
    },
    description: {
      en: `${inEnglish}: a community course of LibreLingo.`,
      vi: `Khóa học cộng đồng của LibreLingo: ${lowerFirst(languageName(target, 'vi'))} cho người nói ${lowerFirst(languageName(source, 'vi'))}.`,
    },
    ...(license && name ? { license: { name, fullName: license.Name, ...(url ? { url } : {}) } } : {}),
    attribution: `LibreLingo course “${inEnglish}” by its contributors${from}${name ? `, licensed under ${name}` : ''}. The exercises were generated from its words and phrases.`,
  };
}

/** Introduction of a skill. HTML is removed, because LibreLingo's own apps do not show it either. */
function readNotes(file: string, files: CourseFiles, problems: CourseProblems): string | undefined {
  const bytes = files.get(file);
  if (!bytes) return undefined;
  const text = decodeText(bytes);
  if (typeof text !== 'string') {
    problems.add({ file, path: '', message: text.problem, line: null });
    return undefined;
  }
  let notes = text;
  for (let before = ''; before !== notes; ) {
    before = notes;
    notes = notes
      .replace(/<!--[\s\S]*?-->|<\/?[a-z!][^<>]*>/gi, '')
      .replace(/\]\(\s*(javascript|data|vbscript):[^)]*\)/gi, '](#)');
  }
  return notes.trim().slice(0, 20_000) || undefined;
}

async function readFile<S extends z.ZodType>({
  files,
  problems,
  file,
  schema,
}: {
  files: CourseFiles;
  problems: CourseProblems;
  file: string;
  schema: S;
}): Promise<z.output<S> | undefined> {
  // Lets other requests run between two files.
  await setImmediate();
  const bytes = files.get(file);
  if (!bytes) {
    problems.add({ file, path: '', message: 'is missing', line: null });
    return undefined;
  }
  const yaml = readYaml(file, bytes, { textOnly: true });
  if (yaml.ok) return problems.check(file, yaml, schema);
  for (const error of yaml.errors) problems.add(error);
  return undefined;
}

/** The permanent id of a skill, or its file name if two skills have the same id. */
function keyOfSkill(id: string, file: string, taken: Set<string>): string {
  const key = `skill:${keyPart(id)}`;
  return taken.has(key) ? `skill:${keyPart(file)}` : key;
}

function keyPart(text: string): string {
  const part = text.replace(/[^\p{L}\p{N}_.+-]+/gu, '-').slice(0, 120);
  return part.replace(/^-+/, '') || 'x';
}

function slugOf(text: string, otherwise: string): string {
  const slug = withoutAccents(text.toLowerCase())
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return slug.slice(0, 100).replace(/-+$/, '') || otherwise.toLowerCase();
}

/** Generated content has the same limits as content that authors write. */
function checkDraft(draft: CourseDraft): ParsedCourse {
  const result = courseDraft.safeParse(draft);
  if (result.success) return { ok: true, draft: result.data };
  return {
    ok: false,
    errors: result.error.issues.slice(0, 100).map(
      ({ path, message }): CourseError => ({
        file: 'course.yaml',
        path: path.map(String).join('.'),
        message,
        line: null,
      }),
    ),
  };
}
