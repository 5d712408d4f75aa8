export { createTestBucket, type TestBucket } from './create-test-bucket.ts';
export { createTestDatabase, type TestDatabase } from './create-test-database.ts';
export {
  type FakeFailure,
  type FakeOpenAi,
  type FakeOpenAiOptions,
  type FakeRequest,
  type FakeTranscript,
  startFakeOpenAi,
} from './fake-openai.ts';
export { type StackEnv, stackEnv } from './stack-env.ts';
export { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';
export { startTokenIssuer, type TokenIssuer, type TokenSubject } from './token-issuer.ts';
