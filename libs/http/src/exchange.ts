import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '@lms/errors';
import type { Logger } from '@lms/runtime';
import type { Span } from '@opentelemetry/api';
import type { Caller } from './access-token.ts';
import type { BaseHeaders } from './base-headers.ts';
import type { OverloadGuard } from './overload-guard.ts';
import { clearTimeLimit, setTimeLimit } from './time-limits.ts';

/** A request with the response to it, from the first byte to the last. What few handlers read is made when it is read. */
export class Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly requestId: string;
  readonly span: Span;
  /** Absent in a process without traces. */
  readonly traceId: string | undefined;
  readonly startedAt = performance.now();
  /** Path of the matched route with its parameter names; `unmatched` if there is none (yet). */
  route = 'unmatched';
  caller: Caller | undefined;
  readonly #base: BaseHeaders;
  readonly #headers: string[];
  readonly #rootLog: Logger;
  #log: Logger | undefined;
  #abort: AbortController | undefined;
  #abortReason: DOMException | undefined;

  #guard: OverloadGuard | undefined;

  constructor(options: {
    req: IncomingMessage;
    res: ServerResponse;
    requestId: string;
    span: Span;
    traceId: string | undefined;
    log: Logger;
    headers: BaseHeaders;
    guard: OverloadGuard;
  }) {
    this.req = options.req;
    this.res = options.res;
    this.requestId = options.requestId;
    this.span = options.span;
    this.traceId = options.traceId;
    this.#rootLog = options.log;
    this.#base = options.headers;
    this.#guard = options.guard;
    this.#guard.enter();
    this.#headers = options.headers.list.slice();
    this.#headers.push('x-request-id', options.requestId);
  }

  /** Names the request and its trace in each of its lines. */
  get log(): Logger {
    this.#log ??= this.#rootLog.child(this.logFacts({}));
    return this.#log;
  }

  /** Adds what names the request to the facts of a line that is written without `log`, which costs a child logger. */
  logFacts<F extends object>(facts: F): F & { requestId: string; traceId?: string } {
    const { requestId, traceId } = this;
    return traceId === undefined ? { requestId, ...facts } : { requestId, traceId, ...facts };
  }

  /** Aborted when the client disconnects or the time limit of `withinTime` expires. */
  get signal(): AbortSignal {
    if (!this.#abort) {
      this.#abort = new AbortController();
      if (this.#abortReason) this.#abort.abort(this.#abortReason);
    }
    return this.#abort.signal;
  }

  /** From now on it is no work for the process: it has ended, or is an open stream. */
  leave(): void {
    this.#guard?.leave();
    this.#guard = undefined;
  }

  abort(reason: DOMException): void {
    this.#abortReason ??= reason;
    this.#abort?.abort(reason);
  }

  /** Sets a header of the response in place of one with this name. `Vary` grows instead: each name in it holds. */
  setHeader(name: string, value: string): void {
    const headers = this.#headers;
    const key = name.toLowerCase();
    let at = this.#base.positions.get(key);
    for (let i = this.#base.list.length; at === undefined && i < headers.length; i += 2)
      if (headers[i]?.toLowerCase() === key) at = i;
    if (at === undefined) headers.push(name, value);
    else headers[at + 1] = key === 'vary' ? `${headers[at + 1]}, ${value}` : value;
  }

  findHeader(name: string): string | undefined {
    const at = this.#headers.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === name);
    return at < 0 ? undefined : this.#headers[at + 1];
  }

  /** Sends status and headers, all at once, and then the body, if the response may have one. */
  end(status: number, body?: string | Buffer): void {
    this.res.writeHead(status, this.#headers);
    this.res.end(this.req.method === 'HEAD' ? undefined : body);
  }

  /** For responses that are not sent by `end`. */
  moveHeaders(): void {
    for (let i = 0; i < this.#headers.length; i += 2)
      this.res.setHeader(this.#headers[i] as string, this.#headers[i + 1] as string);
  }

  /** Runs `work`, and rejects with `request_timeout` if it takes longer than `timeoutMs`. */
  withinTime<T>(timeoutMs: number, work: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const limit = setTimeLimit(timeoutMs, () => {
        this.abort(new DOMException('The time limit of the request has expired', 'TimeoutError'));
        const late = 'This took too long. Try again.';
        reject(new AppError('request_timeout', late, { retryAfterSeconds: 5 }));
      });
      work().then(
        (value) => {
          clearTimeLimit(limit);
          resolve(value);
        },
        (error: unknown) => {
          clearTimeLimit(limit);
          reject(error);
        },
      );
    });
  }
}
