import { z } from 'zod';
import { erasedEvent } from './auth-events.ts';
import { defineEvent, topics } from './define-event.ts';

const id = z.uuid();
const time = z.iso.datetime();
const purpose = z.enum(['lesson_audio', 'lesson_image', 'avatar', 'recording']);
const byAsset = (data: { assetId: string }) => data.assetId;

export const mediaEvents = [
  defineEvent({
    type: 'asset.ready',
    version: 1,
    topic: topics.media,
    summary: 'An uploaded file passed its checks and may be used.',
    data: z.object({
      assetId: id,
      ownerId: id,
      purpose,
      lessonId: id.nullable(),
      key: z.string().max(1_024),
      contentType: z.string().max(127),
      sizeBytes: z.int().min(0),
      durationMs: z.int().min(0).nullable(),
      readyAt: time,
    }),
    key: byAsset,
  }),
  defineEvent({
    type: 'asset.rejected',
    version: 1,
    topic: topics.media,
    summary: 'An uploaded file did not match its declaration and was deleted.',
    data: z.object({
      assetId: id,
      ownerId: id,
      purpose,
      reason: z.enum(['size', 'checksum', 'content_type', 'duration', 'unreadable']),
      rejectedAt: time,
    }),
    key: byAsset,
  }),
  defineEvent({
    type: 'asset.deleted',
    version: 1,
    topic: topics.media,
    summary: 'A file was deleted.',
    data: z.object({ assetId: id, ownerId: id, purpose, deletedAt: time }),
    key: byAsset,
  }),
  erasedEvent('media'),
] as const;
