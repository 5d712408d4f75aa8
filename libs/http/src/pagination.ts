import { AppError } from '@lms/errors';
import { z } from 'zod';

/** Query of every list: `?limit=&cursor=`; 20 items by default, 100 at most. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().max(512).optional(),
});

/** Body of every list. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

/** Encodes the sort key of the last item as an opaque cursor. */
export function encodeCursor(position: Record<string, string | number>): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** Decodes a cursor; throws AppError `invalid_cursor` for anything that `encodeCursor` did not create. */
export function decodeCursor<T>(cursor: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch (cause) {
    throw new AppError('invalid_cursor', 'The cursor is not valid. Start again without one.', {
      cause,
      errors: [{ path: 'query.cursor', message: 'is not a cursor of this list' }],
    });
  }
}

/**
 * Cuts a page out of rows that were fetched with `limit + 1`, so that no count is needed to know whether there is a
 * next page.
 */
export function toPage<T>(
  rows: T[],
  limit: number,
  positionOf: (last: T) => Record<string, string | number>,
): { items: T[]; nextCursor: string | null } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last ? encodeCursor(positionOf(last)) : null };
}
