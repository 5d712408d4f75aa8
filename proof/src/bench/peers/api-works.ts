import { answers, inTurn, isNotModified } from './checks.ts';
import type { Call, WorkName } from './contender.ts';
import { type Account, nextAddress, password, searchMatches, searchWord } from './dataset.ts';

/** What requests need to know of the data, which ours, NestJS and Fastify serve under the same paths. */
export interface ApiFacts {
  /** Access tokens of many users, because requests are limited per user. */
  tokens: string[];
  lessonIds: string[];
  /** ETags of the lessons, for the same headers. */
  etags: Map<string, string>;
  /** What to answer, and as whom. */
  answers: { exerciseId: string; token: string; answer: object }[];
  accounts: Pick<Account, 'email'>[];
  /** Access tokens of the accounts. */
  accountTokens: { id: string; token: string }[];
  /** Refresh tokens of sessions that nobody else uses. */
  refreshTokens: string[];
  healthPath: string;
}

const noFacts: ApiFacts = {
  ...{
    tokens: [],
    lessonIds: [],
    etags: new Map(),
    answers: [],
    accounts: [],
    accountTokens: [],
    refreshTokens: [],
  },
  healthPath: '/',
};

/**
 * Every work as requests to `/api/v1`, behind a proxy that reports the client's address. Facts may be left out for work
 * that is not done.
 */
export function apiWorks(given: Partial<ApiFacts>): Record<WorkName, () => Call> {
  const facts: ApiFacts = { ...noFacts, ...given };
  const nextToken = inTurn(facts.tokens);
  const nextLesson = inTurn(facts.lessonIds);
  const nextAnswer = inTurn(facts.answers);
  const nextAccount = inTurn(facts.accounts);
  const nextAccountToken = inTurn(facts.accountTokens);
  const hotLesson = facts.lessonIds[0] as string;
  const get = (
    path: string,
    token: string,
    check: Call['check'],
    more: Record<string, string> = {},
  ): Call => ({
    ...{
      method: 'GET',
      path,
      check,
      headers: { ...clientHeaders(), authorization: `Bearer ${token}`, ...more },
    },
  });
  const post = (
    path: string,
    body: object,
    check: Call['check'],
    more: Record<string, string> = {},
  ): Call => ({
    ...{ method: 'POST', path, body: JSON.stringify(body), check },
    headers: { ...clientHeaders(), 'content-type': 'application/json', ...more },
  });
  const lesson = (id: string) => get(`/api/v1/lessons/${id}`, nextToken(), isLesson(id));
  return {
    lesson: () => lesson(nextLesson()),
    'cached lesson': () => lesson(hotLesson),
    '304': () => {
      const id = nextLesson();
      const etag = facts.etags.get(id) ?? '';
      return get(`/api/v1/lessons/${id}`, nextToken(), isNotModified, { 'if-none-match': etag });
    },
    list: () => get('/api/v1/courses?limit=20', nextToken(), isList(20)),
    search: () => get(`/api/v1/courses?limit=20&q=${searchWord}`, nextToken(), isList(searchMatches)),
    answer: () => {
      const { exerciseId, token, answer } = nextAnswer();
      const check = answers<{ answerId?: string; correct?: boolean }>(
        201,
        (body) => typeof body.answerId === 'string' && body.correct !== false,
      );
      return post(`/api/v1/exercises/${exerciseId}/answers`, { answer }, check, {
        authorization: `Bearer ${token}`,
      });
    },
    login: () => {
      const { email } = nextAccount();
      return post(
        '/api/v1/auth/login',
        { email, password },
        answers<SignedIn>(200, ({ accessToken, refreshToken, user }) => {
          if (user.email !== email || !accessToken) return false;
          facts.refreshTokens.push(refreshToken);
          return true;
        }),
      );
    },
    refresh: () => {
      const refreshToken = facts.refreshTokens.shift();
      if (!refreshToken) throw new Error('there are fewer sessions than connections');
      const check = answers<SignedIn>(200, (body) => {
        facts.refreshTokens.push(body.refreshToken);
        return typeof body.accessToken === 'string' && body.refreshToken !== refreshToken;
      });
      return post('/api/v1/auth/refresh', { refreshToken }, check);
    },
    account: () => {
      const { id, token } = nextAccountToken();
      return get(
        '/api/v1/users/me',
        token,
        answers<{ id: string }>(200, (body) => body.id === id),
      );
    },
    health: () => ({ method: 'GET', path: facts.healthPath, headers: {}, check: (status) => status === 200 }),
  };
}

/** Reads every lesson once. @throws Error if one has no ETag, or is not about 3 KB. */
export async function readEtags(url: string, facts: Pick<ApiFacts, 'tokens' | 'lessonIds'>) {
  const nextToken = inTurn(facts.tokens);
  const etags = new Map<string, string>();
  for (const id of facts.lessonIds) {
    const headers = { ...clientHeaders(), authorization: `Bearer ${nextToken()}` };
    const response = await fetch(`${url}/api/v1/lessons/${id}`, { headers });
    const body = await response.text();
    const etag = response.headers.get('etag');
    if (!etag || !isLesson(id)(response.status, body))
      throw new Error(`GET ${url}/api/v1/lessons/${id}: ${response.status} ${body.slice(0, 400)}`);
    const bytes = Buffer.byteLength(body);
    if (bytes < 2_000 || bytes > 4_500) throw new Error(`a lesson has ${bytes} bytes, not about 3 KB`);
    etags.set(id, etag);
  }
  return etags;
}

interface SignedIn {
  user: { email: string };
  accessToken: string;
  refreshToken: string;
}

function clientHeaders(): Record<string, string> {
  return { 'accept-language': 'en', 'x-forwarded-for': nextAddress() };
}

function isLesson(id: string): Call['check'] {
  return answers<{ id: string; exercises: unknown[] }>(
    200,
    (body) => body.id === id && body.exercises.length === 5,
  );
}

function isList(length: number): Call['check'] {
  return answers<{ items: unknown[] }>(200, (body) => body.items.length === length);
}
