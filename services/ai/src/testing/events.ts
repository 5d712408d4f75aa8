import type { CloudEvent, EventData, EventType } from '@lms/events';
import { v7 as uuidv7 } from 'uuid';
import type { Answer, Harness, User } from './harness.ts';

/** An event as another service publishes it. */
export function eventOf<T extends EventType>(type: T, data: EventData<T>, subject: string): CloudEvent<T> {
  return {
    specversion: '1.0',
    id: uuidv7(),
    source: '/services/test',
    type,
    subject,
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    dataschema: `urn:lms:event:${type}:1`,
    data,
  } as CloudEvent<T>;
}

export function submissionOf(
  { userId }: Pick<User, 'userId'>,
  changes: Partial<EventData<'submission.created'>> = {},
): CloudEvent<'submission.created'> {
  return eventOf(
    'submission.created',
    {
      submissionId: uuidv7(),
      userId,
      courseId: uuidv7(),
      lessonId: uuidv7(),
      exerciseId: uuidv7(),
      kind: 'writing',
      languageTag: 'en',
      level: 'A1',
      prompt: 'Write about your sister.',
      expectedText: null,
      text: 'She go to school every day.',
      assetId: null,
      createdAt: new Date().toISOString(),
      ...changes,
    },
    userId,
  );
}

export function userDeleted({ userId }: Pick<User, 'userId'>): CloudEvent<'user.deleted'> {
  const deletedAt = new Date().toISOString();
  return eventOf('user.deleted', { userId, erasureId: uuidv7(), deletedAt }, userId);
}

/** Uploads a recording to the bucket and returns the events that media would publish for it. */
export async function recorded(
  harness: Harness,
  { userId }: Pick<User, 'userId'>,
): Promise<{ assetId: string; ready: CloudEvent<'asset.ready'>; deleted: CloudEvent<'asset.deleted'> }> {
  const assetId = uuidv7();
  const body = Buffer.alloc(2_000, 7);
  const key = `users/${userId}/recordings/${assetId}.wav`;
  await harness.deps.objectStore.put({ key, body, contentType: 'audio/wav' });
  const purpose = 'recording' as const;
  const facts = { assetId, ownerId: userId, purpose };
  const now = new Date().toISOString();
  const file = { lessonId: null, key, contentType: 'audio/wav', sizeBytes: body.length, durationMs: 3_000 };
  return {
    assetId,
    ready: eventOf('asset.ready', { ...facts, ...file, readyAt: now }, assetId),
    deleted: eventOf('asset.deleted', { ...facts, deletedAt: now }, assetId),
  };
}

/** The job once it has ended, within 30 s. */
export async function ended(harness: Harness, user: User, jobId: string): Promise<Answer['body']> {
  for (let tries = 0; tries < 300; tries += 1) {
    const { body } = await harness.call(user, 'GET', `/ai/jobs/${jobId}`);
    if (body.finishedAt) return body;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`job ${jobId} has not ended within 30 s`);
}
