const id = { type: 'string', format: 'uuid' };
const text = { type: 'string' };
const textOrNull = { type: ['string', 'null'] };
const time = { type: 'string', format: 'date-time' };
const objectOf = (properties: Record<string, unknown>, required = Object.keys(properties)) => ({
  ...{ type: 'object', properties, required, additionalProperties: false },
});
const listOf = (items: unknown) => ({ type: 'array', items });
/** What the tables hold as JSON; its shape was validated when it was written. */
const stored = { type: 'object', additionalProperties: true };

const user = objectOf({
  ...{ id, email: text, displayName: textOrNull, role: text, locale: text, timeZone: text, createdAt: time },
});
const signedIn = objectOf({ user, sessionId: id, accessToken: text, refreshToken: text });

const refused = objectOf({ code: text });

export const lesson = {
  params: objectOf({ lessonId: id }),
  response: {
    200: objectOf({
      ...{ id, courseId: id, title: text, notes: textOrNull, items: listOf(stored) },
      exercises: listOf(objectOf({ id, kind: text, prompt: text, content: stored })),
    }),
  },
};

export const courses = {
  querystring: objectOf(
    {
      limit: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
      cursor: id,
      q: { type: 'string', maxLength: 100 },
    },
    [],
  ),
  response: {
    200: objectOf({
      items: listOf(
        objectOf({
          ...{ id, slug: text, language: text, forLanguage: text, level: textOrNull },
          ...{ title: text, description: text, lessons: { type: 'integer' }, updatedAt: time },
        }),
      ),
      nextCursor: textOrNull,
    }),
  },
};

export const answer = {
  params: objectOf({ exerciseId: id }),
  body: objectOf({ answer: { ...stored, required: ['kind'], properties: { kind: text } } }),
  response: { 201: objectOf({ answerId: id }) },
};

export const login = {
  body: objectOf({
    email: { type: 'string', format: 'email', maxLength: 254 },
    password: { type: 'string', minLength: 1, maxLength: 128 },
  }),
  response: { 200: signedIn, 401: refused },
};

export const refresh = {
  body: objectOf({ refreshToken: { type: 'string', minLength: 1, maxLength: 512 } }),
  response: { 200: signedIn, 401: refused },
};

export const me = { response: { 200: user } };
