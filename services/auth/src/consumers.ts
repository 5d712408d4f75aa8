import { type Consumers, defineConsumers } from '@lms/events';
import type { Deps, Tx } from './deps.ts';
import { onUserErased } from './erasures/on-user-erased.ts';

/** Every event this service reacts to. */
export const consumers: Consumers<Tx, Deps> = defineConsumers<Tx, Deps>({
  'user.erased.content': onUserErased,
  'user.erased.media': onUserErased,
  'user.erased.ai': onUserErased,
});
