import { type BatchHandler, type Consumers, defineConsumers, type EventType } from '@lms/events';
import type { SqlTransaction } from '@lms/postgres';
import type { Deps } from './deps.ts';
import { onUserDeleted, onUserRegistered, onUserUpdated } from './learners/on-user-events.ts';
import { onAssetDeleted, onAssetReady, onAssetRejected } from './media/on-asset-events.ts';
import { onLearningEvents } from './progress/on-learning-events.ts';
import { onFeedbackReady, onJobFailed } from './submissions/on-grading-events.ts';

/** Every event this service reacts to. */
export const consumers: Consumers<SqlTransaction, Deps> = defineConsumers<SqlTransaction, Deps>(
  {
    'user.registered': onUserRegistered,
    'user.updated': onUserUpdated,
    'user.deleted': onUserDeleted,
    'asset.ready': onAssetReady,
    'asset.rejected': onAssetRejected,
    'asset.deleted': onAssetDeleted,
    'feedback.ready': onFeedbackReady,
    'job.failed': onJobFailed,
  },
  [onLearningEvents as BatchHandler<EventType, SqlTransaction, Deps>],
);
