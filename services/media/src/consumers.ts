import { type Consumers, defineConsumers } from '@lms/events';
import type { Deps, Tx } from './deps.ts';
import { onUserDeleted } from './erasures/on-user-deleted.ts';

/** Every event this service reacts to. */
export const consumers: Consumers<Tx, Deps> = defineConsumers<Tx, Deps>({
  'user.deleted': onUserDeleted,
});
