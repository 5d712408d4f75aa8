import { parseArgs } from 'node:util';
import { runJourney } from './run-journey.ts';

/**
 * `journey [--url https://api.example.com] [--json]`: runs a learner's journey against an installed release and
 * prints a line per step. The default URL is PREFLIGHT_URL. The exit code is 1 if a step failed.
 */
export async function journeyCommand(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { url: { type: 'string' }, json: { type: 'boolean', default: false } },
  });
  const url = values.url ?? env.PREFLIGHT_URL;
  if (!url) {
    process.stderr.write(
      'Name the public URL: --url, or PREFLIGHT_URL (the chart sets it from its ingress).\n',
    );
    return 2;
  }
  const baseUrl = `${url.replace(/\/+$/, '').replace(/\/api\/v1$/, '')}/api/v1`;
  const write = (line: string) => process.stdout.write(`${line}\n`);
  const { ok, steps } = await runJourney(baseUrl, ({ step, ok: held, detail }) => {
    if (!values.json) write(`${held ? '✓' : '✗'} ${step}: ${detail}`);
  });
  if (values.json) write(JSON.stringify({ ok, steps }));
  return ok ? 0 : 1;
}
