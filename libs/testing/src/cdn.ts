import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand, S3Client, type S3ServiceException } from '@aws-sdk/client-s3';

export interface CdnOptions {
  endpoint: string;
  region: string;
  bucket: string;
  accessKey: string;
  secretKey: string;
}

/**
 * Stands in for the CDN in front of the bucket (R2_PUBLIC_URL): GET and HEAD of keys under `lessons/`, with
 * ranges and ETags. Everything else in the bucket is private: the response is 404.
 */
export function createCdn(options: CdnOptions): (req: IncomingMessage, res: ServerResponse) => void {
  const client = new S3Client({
    endpoint: options.endpoint,
    region: options.region,
    forcePathStyle: true,
    credentials: { accessKeyId: options.accessKey, secretAccessKey: options.secretKey },
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 10_000 },
    maxAttempts: 2,
  });
  return (req, res) => {
    const key = publicKeyOf(req.url ?? '');
    if (!key || !['GET', 'HEAD'].includes(req.method ?? '')) {
      res.writeHead(404).end();
      return;
    }
    serve({ client, bucket: options.bucket, key, req, res }).catch((error: S3ServiceException) => {
      if (res.headersSent) res.destroy();
      else {
        const etag = req.headers['if-none-match'];
        const status = statusOf(error);
        res.writeHead(status, status === 304 && etag ? { etag } : {}).end();
      }
    });
  };
}

/** Key under `/cdn/`, or null if it is not public. */
export function publicKeyOf(url: string): string | null {
  try {
    const key = decodeURIComponent(new URL(url, 'http://cdn').pathname.slice('/cdn/'.length));
    return key.startsWith('lessons/') && !key.split('/').includes('..') ? key : null;
  } catch {
    return null;
  }
}

/** Public status of the store's error: not found, unchanged, wrong range, or unavailable. */
function statusOf(error: S3ServiceException): number {
  const status = error.$metadata?.httpStatusCode ?? 503;
  return [304, 404, 412, 416].includes(status) ? status : 503;
}

async function serve(get: {
  client: S3Client;
  bucket: string;
  key: string;
  req: IncomingMessage;
  res: ServerResponse;
}): Promise<void> {
  const { client, bucket, key, req, res } = get;
  const { range, 'if-none-match': ifNoneMatch } = req.headers;
  const object = await client.send(
    new GetObjectCommand({
      Bucket: bucket,
      Key: key,
      ...(range ? { Range: range } : {}),
      ...(ifNoneMatch ? { IfNoneMatch: ifNoneMatch } : {}),
    }),
  );
  const headers = {
    'content-type': object.ContentType,
    'content-length': object.ContentLength,
    'content-range': object.ContentRange,
    'accept-ranges': 'bytes',
    etag: object.ETag,
    'cache-control': 'public, max-age=31536000, immutable',
    'access-control-allow-origin': '*',
  };
  res.writeHead(
    object.ContentRange ? 206 : 200,
    Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)),
  );
  if (req.method === 'HEAD') {
    res.end();
    (object.Body as Readable | undefined)?.destroy();
  } else await pipeline(object.Body as Readable, res);
}
