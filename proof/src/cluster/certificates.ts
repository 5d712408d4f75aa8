import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface ClusterCertificates {
  /** One self-signed certificate for the API server and its calls to the kubelet; also the CA that clients trust. */
  certFile: string;
  keyFile: string;
  cert: string;
  /** Signs the tokens of service accounts. */
  serviceAccountKeyFile: string;
}

/** Creates the keys of a test cluster, valid for a year; `addresses` are those of its API server. */
export function makeCertificates(folder: string, addresses: string[]): ClusterCertificates {
  const [certFile, keyFile] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
  const serviceAccountKeyFile = join(folder, 'service-accounts.key');
  if (!existsSync(certFile)) {
    const names = ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'];
    const alternatives = [...names.map((name) => `DNS:${name}`), ...addresses.map((ip) => `IP:${ip}`)];
    openssl([
      ...[
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-days',
        '365',
        '-keyout',
        keyFile,
        '-out',
        certFile,
      ],
      ...['-subj', '/CN=lms-test-cluster', '-addext', `subjectAltName=${alternatives.join(',')}`],
    ]);
    openssl(['genrsa', '-out', serviceAccountKeyFile, '2048']);
    for (const file of [keyFile, serviceAccountKeyFile]) chmodSync(file, 0o600);
  }
  return { certFile, keyFile, cert: readFileSync(certFile, 'utf8'), serviceAccountKeyFile };
}

function openssl(args: string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
