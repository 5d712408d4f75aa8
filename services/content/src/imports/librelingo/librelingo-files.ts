import { z } from 'zod';
import { courseLimits } from '../../courses/course-draft.ts';
import { courseText } from '../../exercises/course-text.ts';
import { languageTag } from '../../localised-texts/localised-text.ts';

/**
 * The files of a LibreLingo course (github.com/LibreLingo/LibreLingo, docs/courses). Every scalar is read as
 * text, like LibreLingo's own loader does. Where courses differ from the documentation, both forms are accepted.
 */
const language = z.object({ Name: courseText(100), 'IETF BCP 47': languageTag });

export const courseFile = z.object({
  Course: z.object({
    Language: language,
    'For speakers of': language,
    License: z
      .object({
        Name: courseText(300),
        'Short name': courseText(100).optional(),
        Link: z.string().max(500).optional(),
      })
      .optional(),
    Repository: z.string().max(500).optional(),
    'Special characters': listOf(courseText(8), 100),
  }),
  Modules: z.array(courseText(200)).min(1).max(courseLimits.units),
});

export const moduleFile = z.object({
  Module: z.object({ Name: courseText(200) }),
  Skills: z.array(courseText(200)).min(1).max(courseLimits.lessonsPerUnit),
});

const texts = listOf(courseText(300), 50);

const word = z.object({
  Word: courseText(300),
  Synonyms: texts,
  Translation: courseText(300),
  'Also accepted': texts,
  Images: texts,
});

const phrase = z.object({
  Phrase: courseText(300),
  'Alternative versions': texts,
  /** A mistake for `Alternative versions` that occurs in existing courses. */
  Alternative: texts,
  Translation: courseText(300),
  'Alternative translations': texts,
  /** Documented only for words, but existing courses use it for phrases. */
  'Also accepted': texts,
});

export const skillFile = z.object({
  Skill: z.object({ Name: courseText(200), Id: courseText(100), Thumbnails: texts }),
  'New words': listOf(word, 150),
  Phrases: listOf(phrase, 150),
  /** Words with their meanings, by name of the language. */
  'Mini-dictionary': z
    .record(
      z.string().max(100),
      listOf(z.record(z.string().max(300), z.union([courseText(300), texts])), 3_000),
    )
    .or(z.literal('').transform(() => ({})))
    .optional(),
});

/** A list. A single value is a list of one, an empty value is an empty list, and empty entries are dropped. */
function listOf<S extends z.ZodType>(entry: S, max: number) {
  return z.preprocess((value) => {
    if (value === undefined || value === null || value === '') return [];
    return (Array.isArray(value) ? value : [value]).filter((each) => each !== '' && each !== null);
  }, z.array(entry).max(max));
}
