import type { CourseLanguages, RawContent } from './define-kind.ts';

/** For kinds whose `content.language` defaults to the language being learned. */
export function inLearnedLanguage(content: RawContent, { language }: CourseLanguages): RawContent {
  return { language, ...content };
}
