export { type Answer, type SendOptions, send } from './send.ts';
export {
  type Harness,
  type HarnessOptions,
  startHarness,
  type User,
  type WaitingJob,
} from './start-harness.ts';
export {
  type Call,
  type PlainHarness,
  type PlainHarnessOptions,
  startPlainHarness,
  type WithToken,
} from './start-plain-harness.ts';
