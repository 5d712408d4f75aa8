import { type Consumers, defineConsumers } from '@lms/events';
import type { Deps, Tx } from './deps.ts';
import { onUserDeleted } from './erasures/on-user-deleted.ts';
import { onSubmissionCreated } from './grading/on-submission-created.ts';
import { onAssetDeleted } from './recordings/on-asset-deleted.ts';
import { onAssetReady } from './recordings/on-asset-ready.ts';

/** Every event this service reacts to. */
export const consumers: Consumers<Tx, Deps> = defineConsumers<Tx, Deps>({
  'submission.created': onSubmissionCreated,
  'asset.ready': onAssetReady,
  'asset.deleted': onAssetDeleted,
  'user.deleted': onUserDeleted,
});
