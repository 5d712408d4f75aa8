import { createRequire } from 'node:module';
import { join } from 'node:path';
import { cruise, type IConfiguration } from 'dependency-cruiser';

const repo = join(import.meta.dirname, '../../..');
const configuration = createRequire(import.meta.url)(join(repo, '.dependency-cruiser.cjs')) as IConfiguration;

export interface Violation {
  rule: string;
  from: string;
  to: string;
}

/** Checks the dependency rules of `.dependency-cruiser.cjs` on folders below `baseDir`. */
export async function findViolations(
  baseDir: string,
  folders: string[],
): Promise<{ modules: number; violations: Violation[] }> {
  const result = await cruise(folders, {
    ...configuration.options,
    ruleSet: configuration,
    validate: true,
    baseDir,
  });
  if (typeof result.output === 'string')
    throw new Error('dependency-cruiser returned text instead of a result');
  const { summary } = result.output;
  return {
    modules: summary.totalCruised,
    violations: summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })),
  };
}

if (import.meta.main) {
  const { modules, violations } = await findViolations(repo, [
    'libs',
    'services',
    'ops',
    'tools/src',
    'k8s/src',
    'e2e',
    'proof/src',
  ]);
  for (const { rule, from, to } of violations) console.error(`${rule}: ${from} → ${to}`);
  if (modules < 50) throw new Error(`only ${modules} modules were checked: the rules do not find the code`);
  console.log(`dependency rules: ${modules} modules, ${violations.length} violations`);
  process.exit(violations.length > 0 ? 1 : 0);
}
