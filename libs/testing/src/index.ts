export { createTestBucket, type TestBucket } from './create-test-bucket.ts';
export { createTestDatabase, type TestDatabase } from './create-test-database.ts';
export { eventuallyPasses } from './eventually-passes.ts';
export {
  type FakeFailure,
  type FakeOpenAi,
  type FakeOpenAiOptions,
  type FakeRequest,
  type FakeTranscript,
  startFakeOpenAi,
} from './fake-openai.ts';
export { loopTimeOf } from './loop-time-of.ts';
export { type StackEnv, stackEnv } from './stack-env.ts';
export { parameterTypesOf, rowTypesOf, type SchemaTarget } from './statement-types.ts';
export { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';
export { startTokenIssuer, type TokenIssuer, type TokenSubject } from './token-issuer.ts';
export { withMessage } from './with-message.ts';
