import type { ComposeProject } from './compose.ts';

/**
 * The grammar checker of the ai service is the one part that loads a file of its own at run time, in a thread:
 * it must work from the image too, where nothing can be written. Gives the problems.
 */
export async function checkGrammar(project: ComposeProject): Promise<string[]> {
  const script = `
    const { Worker } = require('node:worker_threads');
    const worker = new Worker('/app/dist/grammar-worker.js');
    worker.on('message', (answer) => { if (!answer.begun) { console.log(JSON.stringify(answer)); process.exit(0); } });
    worker.on('error', (error) => { console.log(JSON.stringify({ failed: error.message })); process.exit(0); });
    worker.postMessage({ id: 1, text: 'I has two apple.', dialect: 'american' });`;
  const ai = await project.containerOf('ai');
  const answer = await project.docker(['exec', ai, 'node', '-e', script], { timeoutMs: 120_000 });
  const { lints = [], failed } = JSON.parse(answer) as { lints?: unknown[]; failed?: string };
  return lints.length > 0 ? [] : [`the grammar checker finds nothing in the image: ${failed ?? 'no lint'}`];
}
