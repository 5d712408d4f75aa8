import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { createMeter, metered } from './meter.ts';

/** The backups' folder in a bucket. Keys are relative to it. */
export interface BackupBucket {
  /** Uploads a stream of any length in parts; returns its size and SHA-256. Leaves nothing behind if it fails. */
  putStream(key: string, chunks: AsyncIterable<Uint8Array>): Promise<{ bytes: number; sha256: string }>;
  put(key: string, body: string): Promise<void>;
  /** Returns null if the object does not exist. */
  getText(key: string): Promise<string | null>;
  /** @throws Error if the object does not exist. */
  getStream(key: string): Promise<Readable>;
  /** All keys with their dates, at most 10,000. */
  list(): Promise<{ key: string; modifiedAt: Date }[]>;
  delete(key: string): Promise<void>;
  close(): void;
}

/** Size of each part except the last one; two parts are in memory at a time. */
const partBytes = 16 * 1024 * 1024;
const mostObjects = 10_000;

export function openBackupBucket(config: {
  R2_ENDPOINT: string;
  R2_REGION: string;
  R2_BUCKET: string;
  R2_ACCESS_KEY: string;
  R2_SECRET_KEY: string;
  BACKUP_BUCKET?: string | undefined;
  BACKUP_PREFIX: string;
}): BackupBucket {
  const client = new S3Client({
    endpoint: config.R2_ENDPOINT,
    region: config.R2_REGION,
    forcePathStyle: true,
    credentials: { accessKeyId: config.R2_ACCESS_KEY, secretAccessKey: config.R2_SECRET_KEY },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 5,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 120_000, throwOnRequestTimeout: true },
  });
  const at = (key: string) => ({
    Bucket: config.BACKUP_BUCKET ?? config.R2_BUCKET,
    Key: config.BACKUP_PREFIX + key,
  });

  return {
    async putStream(key, chunks) {
      const meter = createMeter();
      const Body = Readable.from(metered(chunks, meter), { objectMode: false });
      const params = { ...at(key), Body, ContentType: 'application/octet-stream' };
      await new Upload({ client, params, partSize: partBytes, queueSize: 1 }).done();
      return meter.result();
    },
    async put(key, body) {
      await client.send(new PutObjectCommand({ ...at(key), Body: body, ContentType: 'application/json' }));
    },
    async getText(key) {
      try {
        const { Body } = await client.send(new GetObjectCommand(at(key)));
        return (await Body?.transformToString()) ?? null;
      } catch (error) {
        if ((error as Error).name === 'NoSuchKey') return null;
        throw error;
      }
    },
    async getStream(key) {
      const { Body } = await client.send(new GetObjectCommand(at(key)));
      return Body as Readable;
    },
    async list() {
      const found: { key: string; modifiedAt: Date }[] = [];
      const query = { Bucket: at('').Bucket, Prefix: config.BACKUP_PREFIX };
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, query)) {
        for (const { Key = '', LastModified: modifiedAt = new Date(0) } of Contents)
          found.push({ key: Key.slice(config.BACKUP_PREFIX.length), modifiedAt });
        if (found.length > mostObjects)
          throw new Error(
            `more than ${mostObjects} objects under ${config.BACKUP_PREFIX}: use a separate bucket for backups`,
          );
      }
      return found;
    },
    async delete(key) {
      await client.send(new DeleteObjectCommand(at(key)));
    },
    close: () => client.destroy(),
  };
}
