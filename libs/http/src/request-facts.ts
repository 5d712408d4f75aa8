import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Logger } from '@lms/runtime';
import accepts from 'accepts';
import { LRUCache } from 'lru-cache';
import type { Caller } from './access-token.ts';
import type { Exchange } from './exchange.ts';
import type { RawInput } from './read-input.ts';
import type { RequestFacts } from './route.ts';

/** Apps send few different lists of languages; a list longer than this is parsed each time. */
const languages = new LRUCache<string, readonly string[]>({ max: 500 });
const longestKnownList = 200;

/** What a handler receives. What costs something is computed when the handler reads it. */
export class RequestInput implements RequestFacts {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly caller: Caller | undefined;
  readonly requestId: string;
  readonly idempotencyKey: string | undefined;
  readonly #exchange: Exchange;
  readonly #rawBody: unknown;
  readonly #clientIp: (req: IncomingMessage) => string;

  constructor(
    exchange: Exchange,
    input: RawInput & { rawBody: unknown; clientIp: (req: IncomingMessage) => string },
  ) {
    this.params = input.params;
    this.query = input.query;
    this.body = input.body;
    this.caller = exchange.caller;
    this.requestId = exchange.requestId;
    this.idempotencyKey = input.idempotencyKey;
    this.#exchange = exchange;
    this.#rawBody = input.rawBody;
    this.#clientIp = input.clientIp;
  }

  get log(): Logger {
    return this.#exchange.log;
  }

  get signal(): AbortSignal {
    return this.#exchange.signal;
  }

  get clientIp(): string {
    return this.#clientIp(this.#exchange.req);
  }

  get acceptLanguages(): readonly string[] {
    const { req } = this.#exchange;
    const list = req.headers['accept-language'];
    if (list === undefined) return [];
    let known = languages.get(list);
    if (!known) {
      known = accepts(req)
        .languages()
        .filter((tag) => tag !== '*');
      if (list.length <= longestKnownList) languages.set(list, known);
    }
    return known;
  }

  get requestHash(): string {
    const { req } = this.#exchange;
    const body = this.#rawBody;
    return createHash('sha256')
      .update(`${req.method} ${req.url}\n`)
      .update(Buffer.isBuffer(body) ? body : JSON.stringify(body ?? null))
      .digest('hex');
  }
}
