import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { AppError } from '@lms/errors';

export interface ObjectStoreOptions {
  endpoint: string;
  region: string;
  bucket: string;
  accessKey: string;
  secretKey: string;
  /** S3 endpoint for clients, used in signed URLs, if it differs from `endpoint`. */
  signedUrlEndpoint?: string | undefined;
}

export interface SignedUpload {
  url: string;
  method: 'PUT';
  /** Headers the client must send exactly as given; they are part of the signature. */
  headers: Record<string, string>;
  expiresAt: Date;
}

export interface StoredObject {
  sizeBytes: number;
  contentType: string | undefined;
  etag: string | undefined;
}

/** The bucket. Every call has a time limit (3 s to connect, 10 s for the response) and two retries. */
export interface ObjectStore {
  /**
   * Signs a PUT of exactly `sizeBytes` bytes of `contentType` to a key that does not exist yet.
   * `expiresInSeconds` at most 3,600.
   */
  signUpload(upload: {
    key: string;
    contentType: string;
    sizeBytes: number;
    expiresInSeconds: number;
  }): Promise<SignedUpload>;
  /** Signs a GET. `downloadName` makes browsers save the file under that name. */
  signDownload(download: { key: string; expiresInSeconds: number; downloadName?: string }): Promise<string>;
  /** Size and type of an object, or null if it does not exist. */
  find(key: string): Promise<StoredObject | null>;
  /** Reads an object, or its first `maxBytes` bytes; null if it does not exist. */
  read(key: string, options: { maxBytes: number; signal?: AbortSignal }): Promise<Buffer | null>;
  put(object: { key: string; body: Uint8Array; contentType: string }): Promise<void>;
  /** Deletes an object; succeeds if it does not exist. */
  delete(key: string): Promise<void>;
  /** Health check: throws when the bucket cannot be reached with these credentials. */
  ping(signal?: AbortSignal): Promise<void>;
  close(): void;
}

/**
 * Client for Cloudflare R2 or any S3 server. Checksums are computed only where S3 requires them: by
 * default the SDK signs the CRC32 of an empty body into upload URLs, which R2 then refuses.
 */
export function createObjectStore(options: ObjectStoreOptions): ObjectStore {
  const clientOf = (endpoint: string) =>
    new S3Client({
      endpoint,
      region: options.region,
      forcePathStyle: true,
      credentials: { accessKeyId: options.accessKey, secretAccessKey: options.secretKey },
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      maxAttempts: 3,
      requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
    });
  const client = clientOf(options.endpoint);
  // Signing is a local computation: this client sends nothing to that endpoint.
  const signer = options.signedUrlEndpoint ? clientOf(options.signedUrlEndpoint) : client;
  const Bucket = options.bucket;

  return {
    async signUpload({ key, contentType, sizeBytes, expiresInSeconds }) {
      const headers = {
        'content-type': contentType,
        'content-length': String(sizeBytes),
        'if-none-match': '*',
      };
      const url = await getSignedUrl(
        signer,
        new PutObjectCommand({
          Bucket,
          Key: key,
          ContentType: contentType,
          ContentLength: sizeBytes,
          IfNoneMatch: '*',
        }),
        {
          expiresIn: expiresInSeconds,
          signableHeaders: new Set(Object.keys(headers)),
          unhoistableHeaders: new Set(['if-none-match']),
        },
      );
      return { url, method: 'PUT', headers, expiresAt: new Date(Date.now() + expiresInSeconds * 1000) };
    },
    signDownload({ key, expiresInSeconds, downloadName }) {
      const disposition = downloadName
        ? { ResponseContentDisposition: `attachment; filename*=UTF-8''${encodeURIComponent(downloadName)}` }
        : {};
      return getSignedUrl(signer, new GetObjectCommand({ Bucket, Key: key, ...disposition }), {
        expiresIn: expiresInSeconds,
      });
    },
    async find(key) {
      const head = await orNull<HeadObjectCommandOutput>(
        client.send(new HeadObjectCommand({ Bucket, Key: key })),
      );
      return head && { sizeBytes: head.ContentLength ?? 0, contentType: head.ContentType, etag: head.ETag };
    },
    async read(key, { maxBytes, signal }) {
      const abort = signal ? { abortSignal: signal } : {};
      const Range = `bytes=0-${maxBytes - 1}`;
      const object = await orNull(client.send(new GetObjectCommand({ Bucket, Key: key, Range }), abort));
      return object?.Body ? Buffer.from(await object.Body.transformToByteArray()) : null;
    },
    async put({ key, body, contentType }) {
      await orUnavailable(
        client.send(new PutObjectCommand({ Bucket, Key: key, Body: body, ContentType: contentType })),
      );
    },
    async delete(key) {
      await orUnavailable(client.send(new DeleteObjectCommand({ Bucket, Key: key })));
    },
    async ping(signal) {
      await client.send(new HeadBucketCommand({ Bucket }), signal ? { abortSignal: signal } : {});
    },
    close: () => client.destroy(),
  };
}

async function orNull<T>(request: Promise<T>): Promise<T | null> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof Error && ['NotFound', 'NoSuchKey'].includes(error.name)) return null;
    throw unavailable(error);
  }
}

async function orUnavailable<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    throw unavailable(error);
  }
}

function unavailable(cause: unknown): AppError {
  if (cause instanceof Error && cause.name === 'AbortError') throw cause;
  return new AppError(
    'dependency_unavailable',
    'File storage cannot be reached right now. Try again shortly.',
    {
      cause,
      retryAfterSeconds: 2,
    },
  );
}
