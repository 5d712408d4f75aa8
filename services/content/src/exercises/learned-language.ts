import type { CourseLanguages, RawContent } from './define-kind.ts';

/** For kinds whose `content.language` is the language that is learned, unless a file says otherwise. */
export function inLearnedLanguage(content: RawContent, { language }: CourseLanguages): RawContent {
  return { language, ...content };
}
