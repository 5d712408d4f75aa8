import { createHash } from 'node:crypto';
import fresh from 'fresh';
import type { Exchange } from './exchange.ts';

const jsonType = 'application/json; charset=utf-8';

/** A body with its length in bytes and its ETag. */
export interface TaggedBody {
  content: string | Buffer;
  sizeBytes: number;
  etag: string;
}

/** Sends JSON, or 304 to a client that has this body already. */
export function sendJson(exchange: Exchange, status: number, body: TaggedBody): void {
  sendBody(exchange, { status, type: jsonType, body });
}

/** Sends text (as UTF-8, unless its type says otherwise) or bytes, or 304 to a client that has them already. */
export function sendTextOrBytes(
  exchange: Exchange,
  { status, type, content }: { status: number; type: string; content: string | Buffer },
): void {
  const isText = typeof content === 'string' && !/;\s*charset=/i.test(type);
  sendBody(exchange, { status, type: isText ? `${type}; charset=utf-8` : type, body: tagBody(content) });
}

function sendBody(
  exchange: Exchange,
  { status, type, body }: { status: number; type: string; body: TaggedBody },
): void {
  exchange.setHeader('ETag', body.etag);
  if (isFresh(exchange, status, body.etag)) {
    exchange.end(304);
    return;
  }
  exchange.setHeader('Content-Type', type);
  exchange.setHeader('Content-Length', String(body.sizeBytes));
  exchange.end(status, body.content);
}

/** True if the client said which version it has, in a request that may be answered 304, and it is this one. */
function isFresh({ req }: Exchange, status: number, etag: string): boolean {
  const known = req.headers['if-none-match'];
  if (known === undefined || status < 200 || status > 299) return false;
  if (req.method !== 'GET' && req.method !== 'HEAD') return false;
  // Most clients send the one tag that they have; `fresh` reads lists, and the wish for a reload.
  return (known === etag && req.headers['cache-control'] === undefined) || fresh(req.headers, { etag });
}

/** Computes the length and the ETag of a body: weak, from length and hash of the bytes, in the format of Express. */
export function tagBody(content: string | Buffer): TaggedBody {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const hash = createHash('sha1').update(bytes).digest('base64').slice(0, 27);
  return {
    // Node sends ASCII text and the head in one write; of other text it has to make the same bytes again.
    content: bytes.length === content.length ? content : bytes,
    sizeBytes: bytes.length,
    etag: `W/"${bytes.length.toString(16)}-${hash}"`,
  };
}
