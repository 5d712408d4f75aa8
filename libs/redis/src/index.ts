export {
  type Count,
  type CountedWindow,
  type Counters,
  counterPatienceMs,
  createCounters,
} from './counters.ts';
export { createRedis, pingRedis, type Redis, waitForRedis } from './create-redis.ts';
export { createSessionRevocations, type SessionRevocations } from './session-revocations.ts';
