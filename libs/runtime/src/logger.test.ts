import { describe, expect, it } from '@jest/globals';
import { createLogger, serializeError } from './logger.ts';
import { redactedNames } from './redact.ts';

function logged(facts: object): string {
  const { log, text } = loggerInMemory();
  log.info(facts, 'something happened');
  return text();
}

function loggerInMemory() {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  return { log: createLogger({ service: 'test', level: 'info', destination }), text: () => lines.join('') };
}

describe('the logger', () => {
  it.each(redactedNames)('never writes the value of %s, at any depth', (name) => {
    const secret = 'hunter2-hunter2';
    const text = logged({
      [name]: secret,
      a: { [name]: secret },
      b: { c: { [name]: secret } },
      list: [{ [name]: secret }],
      deep: { a: { b: { c: { d: { [name]: secret } } } } },
      serialised: { toJSON: () => ({ [name]: secret }) },
      err: Object.assign(new Error('x'), { details: { rows: [{ [name]: secret }] } }),
      other: Object.assign(new Error('x'), { [name]: secret }),
      bare: Object.assign(Object.create(null), { [name]: secret }),
    });
    expect(text).not.toContain(secret);
    expect(text).toContain('[redacted]');
  });

  it('writes JSON lines with service, level as a word and time in RFC 3339', () => {
    const line = JSON.parse(logged({ courseId: 'c1' })) as Record<string, string>;
    expect(line).toMatchObject({ service: 'test', level: 'info', courseId: 'c1', msg: 'something happened' });
    expect(new Date(line.time ?? '').toISOString()).toBe(line.time);
  });

  it('redacts in child loggers too', () => {
    const { log, text } = loggerInMemory();
    const secrets = { password: 'hunter2-hunter2', user: { email: 'hunter2' } };
    const child = log.child(secrets);
    child.info({}, 'x');
    child.child({ again: [secrets] }).info({ and: secrets }, 'x');
    expect(secrets.user.email).toBe('hunter2');
    expect(text()).toContain('[redacted]');
    expect(text()).not.toContain('hunter2');
  });
});

describe('values that JSON cannot show', () => {
  it('do not end the process that logs them', () => {
    const circle: Record<string, unknown> = { password: 'hunter2' };
    circle.self = circle;
    const failing = {
      toJSON: () => {
        throw new Error('no');
      },
    };
    const text = logged({ circle, failing, big: 1n, date: new Date(0), none: undefined, nan: Number.NaN });
    expect(text).not.toContain('hunter2');
    expect(JSON.parse(text)).toMatchObject({
      failing: '[not serialisable]',
      date: '1970-01-01T00:00:00.000Z',
    });
  });
});

describe('errors in logs', () => {
  it('keep names, codes, stacks and causes, and drop row data in messages of drivers', () => {
    const cause = Object.assign(new Error('duplicate key'), {
      code: '23505',
      detail: 'Key (email)=(lan@example.com)',
    });
    const text = JSON.stringify(serializeError(new Error('could not save', { cause })));
    expect(text).toContain('23505');
    expect(text).toContain('duplicate key');
    expect(text).not.toContain('lan@example.com');
  });

  it.each([
    ['connect to postgresql://user:hunter2@db:5432/lms failed', 'hunter2'],
    ['redis://:hunter2@cache:6379', 'hunter2'],
    ['PUT https://files/x?X-Amz-Credential=AKIA%2Fx&X-Amz-Signature=abc123def', 'abc123def'],
    ['Authorization: Bearer abc.def.ghi', 'abc.def.ghi'],
  ])('lose credentials: %s', (message, secret) => {
    expect(JSON.stringify(serializeError(new Error(message)))).not.toContain(secret);
  });

  it('cut off an endless chain of causes', () => {
    const error = new Error('a');
    error.cause = error;
    expect(JSON.stringify(serializeError(error)).length).toBeLessThan(20_000);
  });
});
