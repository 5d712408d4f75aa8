import pc from 'picocolors';

/** Receives progress: one line with the duration when a step ends. */
export interface Progress {
  step<T>(title: string, work: () => Promise<T>, describe?: (result: T) => string): Promise<T>;
  note(text: string): void;
}

/** Progress for people, on stdout. */
export function createProgress(write: (line: string) => void = (line) => console.log(line)): Progress {
  return {
    async step(title, work, describe) {
      const started = performance.now();
      // Long steps announce that they have started.
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

/** Progress for programs, which prints nothing. */
export const silentProgress: Progress = {
  step: (_title, work) => work(),
  note: () => undefined,
};

/** An error for the user at the terminal, of which only the message is shown. */
export class SetupError extends Error {
  override name = 'SetupError';
}
