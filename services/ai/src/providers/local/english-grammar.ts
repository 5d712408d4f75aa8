import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
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

/** Memory that the checker may use, in MiB: of WebAssembly, of which it needs 170, and of JavaScript. */
const memoryLimitMiB = { wasm: 384, javascript: 96 };
const wasmPagesPerMiB = 16;

/**
 * The grammar checker Harper (https://writewithharper.com) in a process of its own, started by the first text
 * and stopped after `idleMs` without one, which frees its 300 MB. There is at most one, and it checks one text at a
 * time. A text that takes longer than `timeoutMs`, needs more memory than the limit or fails otherwise ends the
 * process; the next text starts a new one. Until the process begins with a text (its start takes 0.7 s, on a busy
 * machine much longer), the limit is `startTimeoutMs`, because every process that is ended sooner would have to be
 * started again. It ends with this process, however that ends.
 */
export function createEnglishGrammar({
  timeoutMs = 8_000,
  startTimeoutMs = 60_000,
  idleMs = 60_000,
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
  let worker: ChildProcess | undefined;
  let idle: NodeJS.Timeout | undefined;
  /** Settles when the last process that was stopped is gone: two at a time would need twice the memory. */
  let gone: Promise<unknown> = Promise.resolve();
  let lastId = 0;

  const stop = async (): Promise<void> => {
    const stopped = worker;
    worker = undefined;
    clearTimeout(idle);
    for (const { reject } of pending.values())
      reject(providerFailure('unavailable', { providerCode: 'stopped' }));
    pending.clear();
    if (stopped?.pid === undefined || stopped.exitCode !== null || stopped.signalCode !== null) return;
    hold(stopped);
    gone = once(stopped, 'exit');
    // While it checks a text it receives no message.
    stopped.kill('SIGKILL');
    await gone;
  };

  const start = (): ChildProcess => {
    const started = fork(workerUrl(), {
      // It needs no configuration, so it does not receive the secrets of this process.
      env: {},
      execArgv: [
        `--max-old-space-size=${memoryLimitMiB.javascript}`,
        `--wasm-max-mem-pages=${memoryLimitMiB.wasm * wasmPagesPerMiB}`,
      ],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const fail = (): void => {
      if (worker === started) void stop();
    };
    started.on('message', (answer: GrammarAnswer) => {
      const call = pending.get(answer.id);
      if ('begun' in answer) call?.begin();
      else if ('lints' in answer) call?.resolve(answer.lints);
      else {
        call?.reject(providerFailure('unavailable', { providerCode: answer.failed }));
        // After a failure inside WebAssembly its memory is in no defined state.
        fail();
      }
    });
    started.on('error', fail);
    started.on('exit', fail);
    return started;
  };

  return {
    async check(text, languageTag, signal) {
      await gone;
      if (signal.aborted) throw providerFailure('aborted');
      worker ??= start();
      hold(worker);
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
          worker?.send(request);
        });
        return lints.filter((lint) => !holes.some((hole) => lint.start < hole.end && hole.start < lint.end));
      } finally {
        clearTimeout(timer);
        if (onAbort) signal.removeEventListener('abort', onAbort);
        pending.delete(id);
        if (pending.size === 0) {
          if (worker) letGo(worker);
          idle = setTimeout(() => void stop(), idleMs).unref();
        }
      }
    },
    close: stop,
  };
}

/** Keeps this process from ending by itself while there are texts. */
function hold(worker: ChildProcess): void {
  worker.ref();
  worker.channel?.ref();
}

function letGo(worker: ChildProcess): void {
  worker.unref();
  worker.channel?.unref();
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
