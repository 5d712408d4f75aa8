import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { AppError, fieldErrors, notFound } from './app-error.ts';

describe('AppError', () => {
  it('keeps public details apart from those for the log', () => {
    const cause = new Error('connection refused to db-1');
    const error = new AppError('dependency_unavailable', 'Try again shortly.', {
      cause,
      details: { table: 'courses' },
      retryAfterSeconds: 2,
    });
    expect(error.message).toBe('Try again shortly.');
    expect(error.cause).toBe(cause);
    expect(error.details).toEqual({ table: 'courses' });
    expect(error.retryAfterSeconds).toBe(2);
  });

  it('has the same message for a missing object and for one that the caller may not see', () => {
    expect(notFound('The course')).toMatchObject({
      code: 'not_found',
      message: 'The course was not found.',
    });
  });
});

describe('fieldErrors', () => {
  it('returns dotted paths, prefixed with the part of the request', () => {
    const shape = z.object({ answer: z.object({ choice: z.int(), words: z.array(z.string()) }) });
    const { error } = shape.safeParse({ answer: { choice: 'a', words: ['x', 1] } });
    const paths = fieldErrors(error?.issues ?? [], 'body').map(({ path }) => path);
    expect(paths).toEqual(['body.answer.choice', 'body.answer.words.1']);
  });

  it('uses (root) when an issue has no path', () => {
    expect(fieldErrors([{ path: [], message: 'is wrong' }])).toEqual([
      { path: '(root)', message: 'is wrong' },
    ]);
  });
});
