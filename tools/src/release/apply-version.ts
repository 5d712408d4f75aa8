import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// After `changeset version`: the root package, the chart and its images get the version that all packages have.
const repo = join(import.meta.dirname, '../../..');
const { version } = JSON.parse(readFileSync(join(repo, 'services/auth/package.json'), 'utf8')) as {
  version: string;
};

const packageFile = join(repo, 'package.json');
writeFileSync(
  packageFile,
  readFileSync(packageFile, 'utf8').replace(/^( {2}"version": )"[^"]+"/m, `$1"${version}"`),
);
const chartFile = join(repo, 'charts/lms/Chart.yaml');
writeFileSync(
  chartFile,
  readFileSync(chartFile, 'utf8')
    .replace(/^version: .*$/m, `version: ${version}`)
    .replace(/^appVersion: .*$/m, `appVersion: "${version}"`),
);
// The notes of this version, for the pull request; the packages' own are all the same.
const notes = readFileSync(join(repo, 'services/auth/CHANGELOG.md'), 'utf8').split(/^## /m)[1] ?? '';
writeFileSync(join(repo, 'CHANGELOG.md'), `## ${notes}`);
console.log(`version ${version}`);
