import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';

/** The backups' folder in a bucket. Keys are relative to it. */
export interface BackupBucket {
  /** Uploads a stream of any length in parts; gives its size and SHA-256. Nothing is left when it fails. */
  putStream(key: string, chunks: AsyncIterable<Uint8Array>): Promise<{ bytes: number; sha256: string }>;
  put(key: string, body: string): Promise<void>;
  /** Null when there is no such object. */
  getText(key: string): Promise<string | null>;
  /** @throws Error when there is no such object. */
  getStream(key: string): Promise<Readable>;
  /** All keys with their dates, at most 10,000. */
  list(): Promise<{ key: string; modifiedAt: Date }[]>;
  delete(key: string): Promise<void>;
  close(): void;
}

/** R2 wants all parts but the last of one size. Two are in memory at a time. */
const partBytes = 16 * 1024 * 1024;
const mostPages = 10;

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
      const hash = createHash('sha256');
      let bytes = 0;
      const { UploadId } = await client.send(
        new CreateMultipartUploadCommand({ ...at(key), ContentType: 'application/octet-stream' }),
      );
      const upload = { ...at(key), UploadId };
      try {
        const Parts: { PartNumber: number; ETag: string | undefined }[] = [];
        for await (const Body of inParts(chunks)) {
          hash.update(Body);
          bytes += Body.length;
          const PartNumber = Parts.length + 1;
          const { ETag } = await client.send(new UploadPartCommand({ ...upload, PartNumber, Body }));
          Parts.push({ PartNumber, ETag });
        }
        await client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }));
      } catch (error) {
        await client.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined);
        throw error;
      }
      return { bytes, sha256: hash.digest('hex') };
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
      let ContinuationToken: string | undefined;
      for (let page = 0; page < mostPages; page += 1) {
        const answer = await client.send(
          new ListObjectsV2Command({
            Bucket: at('').Bucket,
            Prefix: config.BACKUP_PREFIX,
            ...(ContinuationToken ? { ContinuationToken } : {}),
          }),
        );
        for (const { Key = '', LastModified } of answer.Contents ?? [])
          found.push({
            key: Key.slice(config.BACKUP_PREFIX.length),
            modifiedAt: LastModified ?? new Date(0),
          });
        ContinuationToken = answer.NextContinuationToken;
        if (!ContinuationToken) return found;
      }
      throw new Error(
        `more than ${found.length} objects under ${config.BACKUP_PREFIX}: use a bucket for backups alone`,
      );
    },
    async delete(key) {
      await client.send(new DeleteObjectCommand(at(key)));
    },
    close: () => client.destroy(),
  };
}

/** Cuts a stream into parts of one size, the last of them shorter; at least one, which may be empty. */
async function* inParts(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let waiting: Uint8Array[] = [];
  let length = 0;
  let any = false;
  for await (const chunk of chunks) {
    waiting.push(chunk);
    length += chunk.length;
    while (length >= partBytes) {
      const all = Buffer.concat(waiting);
      yield all.subarray(0, partBytes);
      any = true;
      waiting = [all.subarray(partBytes)];
      length -= partBytes;
    }
  }
  if (length > 0 || !any) yield Buffer.concat(waiting);
}
