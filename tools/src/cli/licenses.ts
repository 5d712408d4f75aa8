import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listShippedPackages } from '../licenses/list-shipped-packages.ts';
import { notAccepted, renderLicenses } from '../licenses/render-licenses.ts';

// `npm run licenses`: writes THIRD-PARTY-LICENSES.md, and fails for a licence that is not accepted.
const repo = join(import.meta.dirname, '../../..');
const packages = listShippedPackages(repo);
writeFileSync(join(repo, 'THIRD-PARTY-LICENSES.md'), renderLicenses(packages));
for (const { name, version, license } of notAccepted(packages)) {
  console.error(
    `${name} ${version} has the licence ${license}, which is not accepted: see tools/src/licenses`,
  );
  process.exitCode = 1;
}
