import { describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { answered } from '../testing/sample-events.ts';
import { createEvent, parseMessage } from './cloud-event.ts';
import { publishedSchema } from './compatibility.ts';
import type { EventContract } from './define-event.ts';
import { eventContracts } from './event-contracts.ts';

const userId = uuidv7();
const { type, data } = answered(userId, 5);

describe('createEvent', () => {
  it('creates a CloudEvent 1.0 that parseMessage can read', () => {
    const { topic, key, id, payload } = createEvent(type, data);
    expect({ topic, key }).toEqual({ topic: 'lms.content.v1', key: userId });
    expect(parseMessage(payload)).toEqual({
      kind: 'event',
      event: {
        specversion: '1.0',
        id,
        source: '/services/content',
        type,
        subject: userId,
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        datacontenttype: 'application/json',
        dataschema: 'urn:lms:event:exercise.answered:1',
        data,
      },
    });
  });

  it('names the fields that do not fit, never their values', () => {
    const wrong = { ...data, userId: 'somebody', xp: -1 };
    expect(() => createEvent(type, wrong)).toThrow(/userId: .*xp: /);
    expect(() => createEvent(type, wrong)).not.toThrow(/somebody/);
  });

  it('drops fields that the contract does not name, so that no personal data is included', () => {
    const { payload } = createEvent(type, { ...data, email: 'a@b.c' } as typeof data);
    expect(payload).not.toContain('a@b.c');
  });

  it('refuses an event that is too large for the brokers', () => {
    const feedback = { text: 'x'.repeat(300_000) };
    const event = {
      feedbackId: uuidv7(),
      submissionId: uuidv7(),
      userId,
      kind: 'writing' as const,
      score: 1,
      provider: 'local',
      feedback,
      createdAt: new Date().toISOString(),
    };
    expect(() => createEvent('feedback.ready', event)).toThrow(/larger than 262144 bytes/);
  });
});

describe('parseMessage', () => {
  it('accepts fields that it does not know: they may be newer than this build', () => {
    const { payload } = createEvent(type, data);
    const event = JSON.parse(payload);
    const parsed = parseMessage(JSON.stringify({ ...event, extension: 1, data: { ...data, more: 1 } }));
    expect(parsed.kind).toBe('event');
  });

  it('skips validation for types that are not wanted', () => {
    const { payload } = createEvent(type, data);
    const broken = JSON.stringify({ ...JSON.parse(payload), data: null });
    expect(parseMessage(broken, () => false)).toEqual({ kind: 'not_wanted', type });
    expect(parseMessage(broken).kind).toBe('poison');
  });
});

describe('contracts', () => {
  it('have unique types', () => {
    const types = eventContracts.map((contract) => contract.type);
    expect(new Set(types).size).toBe(types.length);
  });

  it('hold no field for a name, an address or a secret', () => {
    for (const contract of eventContracts as unknown as EventContract[]) {
      const fields = Object.keys(publishedSchema(contract).data.properties as object);
      expect(fields.filter((name) => /mail|name|phone|password|token$|secret/i.test(name))).toEqual([]);
    }
  });
});
