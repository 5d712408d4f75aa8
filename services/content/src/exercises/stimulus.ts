import { z } from 'zod';
import { audioPath, courseText, imagePath } from './course-text.ts';
import type { FileUrlOf } from './define-kind.ts';

/** Something to look at or listen to, or a plain text: a question, an option or one side of a pair. */
export const stimulus = z.preprocess(
  (value) => (typeof value === 'string' ? { text: value } : value),
  z
    .strictObject({
      text: courseText(500).optional(),
      image: imagePath.optional(),
      audio: audioPath.optional(),
    })
    .refine((value) => value.text ?? value.image ?? value.audio, 'needs a text, an image or an audio'),
);
export type Stimulus = z.output<typeof stimulus>;

/** URL of the file; null if the exercise names none or it is missing. */
export const shownUrl = z.string().nullable();

/** A stimulus as learners receive it. */
export const shownStimulus = z.object({
  text: z.string().nullable(),
  imageUrl: shownUrl,
  audioUrl: shownUrl,
});

export function showStimulus({ text, image, audio }: Stimulus, urlOf: FileUrlOf) {
  return { text: text ?? null, imageUrl: urlOf(image), audioUrl: urlOf(audio) };
}
