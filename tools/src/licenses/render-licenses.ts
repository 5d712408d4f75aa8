import type { ShippedPackage } from './list-shipped-packages.ts';

/**
 * Licences whose terms an image meets by including their texts. A package with another licence needs a review: the
 * check in `npm test` fails until the licence is listed here or the package is removed.
 */
export const accepted = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'MIT-0',
  'Python-2.0',
  'Unlicense',
];

/** Packages whose licence is not accepted. */
export function notAccepted(packages: ShippedPackage[]): ShippedPackage[] {
  // "MIT OR EUPL-1.1+" offers a choice; "MIT AND ISC" asks for both.
  const isFine = (license: string) => {
    const choices = license.replace(/[()]/g, '').split(/ OR /i);
    return choices.some((choice) => choice.split(/ AND /i).every((one) => accepted.includes(one.trim())));
  };
  return packages.filter(({ license }) => !isFine(license));
}

/** The text of THIRD-PARTY-LICENSES.md. */
export function renderLicenses(packages: ShippedPackage[]): string {
  const byLicense = Map.groupBy(packages, ({ license }) => license);
  const licenses = [...byLicense].sort(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1));
  return `# Third-party licences

What the images contain in addition to the code of this repository. \`npm run licenses\` generates this file from package-lock.json; \`npm test\` checks that it is up to date and that every licence is accepted.

The lists name everything that may be in an image; each bundle contains only what it imports. Every image includes the licence texts of exactly its own content: \`/app/dist/licenses.txt\` (in lms-tools \`/app/licenses.txt\`).

## Programs

| | Licence | Where its text is |
|---|---|---|
| Node.js 24, in all of our images | MIT, and those of what it is built with | \`/usr/local/LICENSE\` in the image |
| Debian 12 (bookworm-slim), in all of our images | those of its packages | \`/usr/share/doc/*/copyright\` in the image |

PostgreSQL, Redis, Apache Kafka, Traefik, S3Proxy, MailDev and the observability tools are images of others, which \`docker-compose.yml\` and the Kubernetes environments name and do not contain.

## Packages from npm

${packages.length} packages:

| Licence | Packages |
|---|---|
${licenses.map(([license, list]) => `| ${license} | ${list.length} |`).join('\n')}

${licenses
  .map(
    ([license, list]) =>
      `### ${license}\n\n${list.map(({ name, version }) => `${name} ${version}`).join(', ')}`,
  )
  .join('\n\n')}
`;
}
