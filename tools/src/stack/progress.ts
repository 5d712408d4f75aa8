import pc from 'picocolors';

/** Where progress goes: one line when a step ends, with its time. */
export interface Progress {
  step<T>(title: string, work: () => Promise<T>, describe?: (result: T) => string): Promise<T>;
  note(text: string): void;
}

/** Progress for people, on stdout. */
export function createProgress(write: (line: string) => void = (line) => console.log(line)): Progress {
  return {
    async step(title, work, describe) {
      const started = performance.now();
      // Long steps say that they have begun.
      const announce = setTimeout(() => write(pc.dim(`▸ ${title} …`)), 2_000);
      try {
        const result = await work();
        const seconds = ((performance.now() - started) / 1000).toFixed(1);
        const text = describe?.(result) ?? '';
        write(`${pc.green('✓')} ${title}${text ? `  ${text}` : ''}  ${pc.dim(`${seconds} s`)}`);
        return result;
      } catch (error) {
        write(`${pc.red('✗')} ${title}`);
        throw error;
      } finally {
        clearTimeout(announce);
      }
    },
    note: (text) => write(text),
  };
}

/** Progress for programs: says nothing. */
export const silentProgress: Progress = {
  step: (_title, work) => work(),
  note: () => undefined,
};

/** An error for the person at the terminal: its message is all there is to say. */
export class SetupError extends Error {
  override name = 'SetupError';
}
