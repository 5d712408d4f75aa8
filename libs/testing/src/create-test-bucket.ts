import { randomBytes } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { stackEnv } from './stack-env.ts';

export interface TestBucket {
  endpoint: string;
  accessKey: string;
  secretKey: string;
  bucket: string;
  /** Keys of all objects, sorted. */
  keys(): Promise<string[]>;
  drop(): Promise<void>;
}

/** Creates an empty bucket for one test file, so that files can run concurrently. */
export async function createTestBucket(prefix = 'test'): Promise<TestBucket> {
  const { endpoint, accessKey, secretKey } = stackEnv().s3;
  const bucket = `${prefix}-${randomBytes(6).toString('hex')}`;
  const client = new S3Client({
    endpoint,
    region: 'auto',
    forcePathStyle: true,
    credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
  });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  const keys = async () => {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
    return Contents.map(({ Key }) => Key ?? '').sort();
  };
  return {
    endpoint,
    accessKey,
    secretKey,
    bucket,
    keys,
    async drop() {
      for (const Key of await keys()) await client.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
      await client.send(new DeleteBucketCommand({ Bucket: bucket }));
      client.destroy();
    },
  };
}
