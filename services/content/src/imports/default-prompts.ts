import type { ExerciseKind } from '../exercises/exercise.ts';
import type { LocalisedText } from '../localised-texts/localised-text.ts';

/** What learners are told when an exercise has no prompt of its own. */
export const defaultPrompts: Record<
  Exclude<ExerciseKind, 'translation' | 'speaking' | 'writing'>,
  LocalisedText
> = {
  mcq: { en: 'Choose the right answer.', vi: 'Chọn đáp án đúng.' },
  fill_blank: { en: 'Fill in the blank.', vi: 'Điền vào chỗ trống.' },
  matching: { en: 'Match the pairs.', vi: 'Nối các cặp tương ứng.' },
  reorder: { en: 'Put the words in order.', vi: 'Sắp xếp các từ thành câu đúng.' },
  listening: { en: 'Listen and choose.', vi: 'Nghe và chọn đáp án đúng.' },
  dictation: { en: 'Listen and write what you hear.', vi: 'Nghe và viết lại những gì bạn nghe được.' },
};

export function translationPrompt(to: string): LocalisedText {
  return {
    en: `Translate into ${languageName(to, 'en')}.`,
    vi: `Dịch sang ${lowerFirst(languageName(to, 'vi'))}.`,
  };
}

export const readAloudPrompt: LocalisedText = { en: 'Read aloud.', vi: 'Đọc to câu sau.' };

/** Name of a language in another, as `Tiếng Tây Ban Nha` for es in vi; the tag itself where it is unknown. */
export function languageName(tag: string, inLanguage: string): string {
  try {
    return new Intl.DisplayNames([inLanguage], { type: 'language' }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

/** For the middle of a Vietnamese sentence. */
export function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
