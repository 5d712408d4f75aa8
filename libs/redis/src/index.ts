export {
  type Count,
  type CountedWindow,
  type Counters,
  counterPatienceMs,
  createCounters,
} from './counters.ts';
export { createRedis, pingRedis, type Redis, type RedisLog, waitForRedis } from './create-redis.ts';
export { requireUsableRedis } from './probe-redis.ts';
export { createSessionRevocations, type SessionRevocations } from './session-revocations.ts';
export { createSettledCounters, type LimitedWindow, type SettledCounters } from './settled-counters.ts';
