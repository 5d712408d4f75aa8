import { CreateBucketCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { bucketFromEnv } from './bucket-from-env.ts';

// Creates the bucket configured by the R2_* variables, unless it exists.
const { endpoint, region, bucket, accessKey, secretKey } = bucketFromEnv(process.env);
const client = new S3Client({
  endpoint,
  region,
  forcePathStyle: true,
  credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
  requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000 },
});
try {
  await client.send(new HeadBucketCommand({ Bucket: bucket }));
  console.log(`bucket ${bucket}: exists`);
} catch (error) {
  if ((error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode !== 404) throw error;
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  console.log(`bucket ${bucket}: created`);
} finally {
  client.destroy();
}
