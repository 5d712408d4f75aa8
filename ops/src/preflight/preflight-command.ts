import { parseArgs } from 'node:util';
import pc from 'picocolors';
import type { PreflightContext } from './check.ts';
import { type CheckResult, checks, runPreflight } from './run-preflight.ts';

const usage = `usage: preflight [--url https://…] [--logs <file, or - for stdin>]… [--services auth,content,…] [--skip <check>]… [--json]
checks: ${checks.map(({ name }) => name).join(', ')}`;

/**
 * The deployment checklist as a command: prints a line for each check and, for a failed one, what to do.
 * @returns the exit code: 0 if nothing failed, 1 if something failed, 2 for invalid arguments.
 */
export async function preflightCommand(
  args: string[],
  facts: Pick<PreflightContext, 'env' | 'shapes' | 'migrations'> & {
    /** Default for `--url`; also the variable PREFLIGHT_URL. */
    defaultUrl?: string | null;
    /** Default for `--logs`. */
    defaultLogs?: string[];
    print?: (text: string) => void;
  },
): Promise<number> {
  const print = facts.print ?? ((text) => void process.stdout.write(`${text}\n`));
  const words = readArgs(
    args,
    facts.shapes.map(({ service }) => service),
  );
  if (typeof words === 'string') {
    print(`${words}\n${usage}`);
    return 2;
  }
  const url = words.url ?? facts.env.PREFLIGHT_URL ?? facts.defaultUrl ?? null;
  const wanted = ({ service }: { service: string }) => !words.services || words.services.includes(service);
  const result = await runPreflight(
    {
      env: facts.env,
      // Also accepts the base URL of clients, which ends in /api/v1.
      baseUrl: url ? url.replace(/\/+$/, '').replace(/\/api\/v1$/, '') : null,
      shapes: facts.shapes.filter(wanted),
      migrations: facts.migrations.filter(wanted),
      logFiles: words.logs ?? facts.defaultLogs ?? [],
    },
    {
      only: checks.filter(({ name }) => !words.skip.includes(name)),
      report: (check) => words.json || print(lineOf(check)),
    },
  );
  if (words.json) print(JSON.stringify(result, null, 2));
  else print(summaryOf(result.checks, words.skip));
  return result.ok ? 0 : 1;
}

interface Words {
  url: string | undefined;
  logs: string[] | undefined;
  services: string[] | undefined;
  skip: string[];
  json: boolean;
}

function readArgs(args: string[], services: string[]): Words | string {
  try {
    const { values } = parseArgs({
      args,
      options: {
        url: { type: 'string' },
        logs: { type: 'string', multiple: true },
        services: { type: 'string' },
        skip: { type: 'string', multiple: true },
        json: { type: 'boolean', default: false },
      },
    });
    if (values.url !== undefined && !/^https?:\/\/[^/]/.test(values.url))
      return '--url must be an http(s) URL';
    const wanted = values.services?.split(',');
    const unknown = wanted?.find((name) => !services.includes(name));
    if (unknown !== undefined)
      return `--services: unknown service ${unknown}; available services: ${services.join(', ')}`;
    const skip = values.skip ?? [];
    const unknownCheck = skip.find((name) => !checks.some((check) => check.name === name));
    if (unknownCheck) return `--skip: unknown check ${unknownCheck}`;
    return { url: values.url, logs: values.logs, services: wanted, skip, json: values.json };
  } catch (error) {
    return (error as Error).message;
  }
}

function lineOf(check: CheckResult): string {
  const marks = { ok: pc.green('✓'), failed: pc.red('✗'), skipped: pc.yellow('-') };
  const line = `${marks[check.status]} ${check.name.padEnd(18)} ${check.detail}`;
  if (check.status === 'skipped') return `${line}  ${pc.yellow('NOT CHECKED')}`;
  return check.status === 'failed' ? `${line}\n  ${pc.bold('→')} ${check.advice}` : line;
}

function summaryOf(results: CheckResult[], skip: string[]): string {
  const count = (status: CheckResult['status']) => results.filter((check) => check.status === status).length;
  const left = count('skipped') + skip.length;
  return `${count('ok')} ok, ${count('failed')} failed${left > 0 ? `, ${left} not checked` : ''}`;
}
