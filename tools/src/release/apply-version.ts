import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addNotes, collectNotes } from './release-notes.ts';

// Runs after `changeset version`: gives the root package, the chart and its images the version of all packages.
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
// All packages share one changelog at the root; their own are deleted. With a file name as argument, the notes of
// this version are also written there, for the pull request.
const own = globSync('{services,libs}/*/CHANGELOG.md', { cwd: repo });
const notes = collectNotes(
  version,
  own.sort().map((file) => readFileSync(join(repo, file), 'utf8')),
);
const changelogFile = join(repo, 'CHANGELOG.md');
writeFileSync(changelogFile, addNotes(readFileSync(changelogFile, 'utf8'), notes));
if (process.argv[2]) writeFileSync(process.argv[2], notes);
console.log(`version ${version}`);
