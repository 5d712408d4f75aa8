import type { MediaReference } from './course-text.ts';
import type { Exercise } from './exercise-kinds.ts';

/** The files in the fields `audio`, `slowAudio` and `image` of an exercise at any depth, without duplicates. */
export function exerciseMedia({ content, solution }: Exercise): MediaReference[] {
  const found = new Map<string, MediaReference>();
  collectMedia([content, solution], found);
  return [...found.values()];
}

function collectMedia(value: unknown, found: Map<string, MediaReference>): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    if (typeof inner !== 'string') collectMedia(inner, found);
    else if (name === 'audio' || name === 'slowAudio') found.set(inner, { path: inner, kind: 'audio' });
    else if (name === 'image') found.set(inner, { path: inner, kind: 'image' });
  }
}
