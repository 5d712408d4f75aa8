import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { decodeCursor, encodeCursor, pageQuery, toPage } from './pagination.ts';

describe('pages', () => {
  it('contain 20 items by default and 100 at most', () => {
    expect(pageQuery.parse({}).limit).toBe(20);
    expect(pageQuery.parse({ limit: '100' }).limit).toBe(100);
    for (const limit of ['0', '101', '1.5', 'many'])
      expect(pageQuery.safeParse({ limit }).success).toBe(false);
  });

  it('walk through a list once, without a count', () => {
    const all = Array.from({ length: 5 }, (_, index) => ({ id: index }));
    const shape = z.object({ id: z.number() });
    const seen: number[] = [];
    let cursor: string | null = null;
    do {
      const after: number = cursor ? decodeCursor(cursor, shape).id : -1;
      const rows: { id: number }[] = all.filter(({ id }) => id > after).slice(0, 3);
      const page: { items: { id: number }[]; nextCursor: string | null } = toPage(rows, 2, ({ id }) => ({
        id,
      }));
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor);
    expect(seen).toEqual([0, 1, 2, 3, 4]);
  });

  it('refuse a cursor of another list, naming the field', () => {
    const shape = z.object({ id: z.uuid() });
    for (const cursor of ['', 'x', '!!', encodeCursor({ id: 'not-a-uuid' }), encodeCursor({ other: 1 })]) {
      expect(() => decodeCursor(cursor, shape)).toThrow(
        expect.objectContaining({
          code: 'invalid_cursor',
          errors: [{ path: 'query.cursor', message: 'is not a cursor of this list' }],
        }),
      );
    }
  });
});
