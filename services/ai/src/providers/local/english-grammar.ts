import { Worker } from 'node:worker_threads';
import { primaryLanguage } from '../../text/words.ts';
import { providerFailure } from '../ai-provider.ts';
import type { GrammarAnswer, GrammarRequest, Lint } from './grammar-worker.ts';

export interface EnglishGrammar {
  /**
   * Findings for an English text of at most 10,000 characters.
   * @throws AppError `ai_provider_failed` if the checker fails or exceeds its time limit.
   */
  check(text: string, languageTag: string, signal: AbortSignal): Promise<Lint[]>;
  close(): Promise<void>;
}

/** Longer runs without a space are not words, and cost the checker seconds and gigabytes. */
const longestTokenChars = 60;

/**
 * The grammar checker Harper (https://writewithharper.com) in a worker thread, started by the first text
 * and stopped after `idleMs` without one, which frees its 300 MB. A text that takes longer than
 * `timeoutMs` ends the thread; the next text starts a new one. Until the thread begins with
 * a text (its start takes 0.7 s, on a busy machine much longer), the limit is `startTimeoutMs`, because every thread
 * that is ended sooner would have to be started again.
 */
export function createEnglishGrammar({
  timeoutMs = 8_000,
  startTimeoutMs = 60_000,
  idleMs = 600_000,
}: {
  timeoutMs?: number;
  startTimeoutMs?: number;
  idleMs?: number;
} = {}): EnglishGrammar {
  interface Pending {
    begin(): void;
    resolve(lints: Lint[]): void;
    reject(error: Error): void;
  }
  const pending = new Map<number, Pending>();
  let worker: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let lastId = 0;

  const stop = async (): Promise<void> => {
    const stopped = worker;
    worker = undefined;
    clearTimeout(idle);
    for (const { reject } of pending.values())
      reject(providerFailure('unavailable', { providerCode: 'stopped' }));
    pending.clear();
    await stopped?.terminate();
  };

  const start = (): Worker => {
    const started = new Worker(workerUrl());
    started.on('message', (answer: GrammarAnswer) => {
      const call = pending.get(answer.id);
      if ('begun' in answer) call?.begin();
      else if ('lints' in answer) call?.resolve(answer.lints);
      else call?.reject(providerFailure('unavailable', { providerCode: answer.failed }));
    });
    const fail = (): void => {
      if (worker === started) void stop();
    };
    started.on('error', fail);
    started.on('exit', fail);
    return started;
  };

  return {
    async check(text, languageTag, signal) {
      if (signal.aborted) throw providerFailure('aborted');
      worker ??= start();
      worker.ref();
      clearTimeout(idle);
      lastId += 1;
      const id = lastId;
      const { masked, holes } = maskLongTokens(text);
      const request: GrammarRequest = { id, text: masked, dialect: dialectOf(languageTag) };
      let timer: NodeJS.Timeout | undefined;
      let onAbort: (() => void) | undefined;
      try {
        const lints = await new Promise<Lint[]>((resolve, reject) => {
          const limit = (ms: number): void => {
            clearTimeout(timer);
            timer = setTimeout(() => {
              reject(providerFailure('unavailable', { providerCode: 'timeout' }));
              void stop();
            }, ms);
          };
          limit(startTimeoutMs);
          pending.set(id, { begin: () => limit(timeoutMs), resolve, reject });
          onAbort = () => reject(providerFailure('aborted'));
          signal.addEventListener('abort', onAbort, { once: true });
          worker?.postMessage(request);
        });
        return lints.filter((lint) => !holes.some((hole) => lint.start < hole.end && hole.start < lint.end));
      } finally {
        clearTimeout(timer);
        if (onAbort) signal.removeEventListener('abort', onAbort);
        pending.delete(id);
        if (pending.size === 0) {
          worker?.unref();
          idle = setTimeout(() => void stop(), idleMs).unref();
        }
      }
    },
    close: stop,
  };
}

/** The worker's file beside this one: TypeScript in the repository, JavaScript in a built image. */
function workerUrl(): URL {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return new URL(`./grammar-worker.${extension}`, import.meta.url);
}

function dialectOf(languageTag: string): GrammarRequest['dialect'] {
  const american = primaryLanguage(languageTag) !== 'en' || /^en(-(us|ca|ph))?$/i.test(languageTag);
  return american ? 'american' : 'british';
}

/** Replaces everything that is not a word with blanks, so that every offset stays the same. */
function maskLongTokens(text: string): { masked: string; holes: { start: number; end: number }[] } {
  const holes: { start: number; end: number }[] = [];
  const masked = text.replace(new RegExp(`\\S{${longestTokenChars + 1},}`, 'gu'), (token, start: number) => {
    holes.push({ start, end: start + token.length });
    return ' '.repeat(token.length);
  });
  // Findings next to a blanked passage are caused by the blanks.
  return { masked, holes: holes.map(({ start, end }) => ({ start: start - 1, end: end + 1 })) };
}
