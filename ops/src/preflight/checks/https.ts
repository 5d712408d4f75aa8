import { connect } from 'node:tls';
import { type Check, failed, messageOf, type Outcome, ok, skipped } from '../check.ts';

const warnDays = 14;
const dayMs = 86_400_000;

/** HTTPS has a valid certificate that does not expire soon, and HTTP redirects to it. */
export const httpsCheck: Check = {
  name: 'https',
  async run({ baseUrl, env }, signal) {
    if (!baseUrl) return skipped('no URL was given (--url https://…)');
    const url = new URL(baseUrl);
    if (url.protocol !== 'https:') {
      const local =
        ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname) || url.hostname.endsWith('.localhost');
      if (local && !['production', 'staging'].includes(env.NODE_ENV ?? ''))
        return skipped(`${baseUrl} is this machine`);
      return failed(
        `${baseUrl} is not https`,
        'give the ingress a certificate (cert-manager) and use its https URL',
      );
    }
    try {
      return (
        (await certificateProblem(url, signal)) ??
        (await plainProblem(url, signal)) ??
        ok('valid certificate, HTTP redirects to HTTPS, HSTS is set')
      );
    } catch (error) {
      return failed(
        messageOf(error),
        'check the certificate of the ingress: its name, its chain and its dates',
      );
    }
  },
};

async function certificateProblem(url: URL, signal: AbortSignal): Promise<Outcome | null> {
  const validTo = await new Promise<Date>((resolve, reject) => {
    const options = { host: url.hostname, port: Number(url.port || 443), servername: url.hostname };
    const socket = connect(options, () => {
      resolve(new Date(socket.getPeerCertificate().valid_to));
      socket.end();
    });
    socket.once('error', reject);
    signal.addEventListener('abort', () => socket.destroy(new Error('no answer in time')), { once: true });
  });
  const days = Math.floor((validTo.getTime() - Date.now()) / dayMs);
  if (days >= warnDays) return null;
  return failed(
    `the certificate ends in ${days} days`,
    'see why cert-manager has not renewed it: kubectl describe certificate',
  );
}

async function plainProblem(url: URL, signal: AbortSignal): Promise<Outcome | null> {
  const secure = await fetch(new URL('/api/v1/health', url), { signal, redirect: 'manual' });
  await secure.body?.cancel();
  if (!secure.headers.get('strict-transport-security'))
    return failed(
      'no Strict-Transport-Security header',
      'switch HSTS on at the ingress (charts/lms: ingress.hsts)',
    );
  // A client that omits the s can only reach HTTP on its default port.
  if (url.port) return null;
  const plain = await fetch(`http://${url.hostname}/api/v1/health`, { signal, redirect: 'manual' }).catch(
    () => null,
  );
  await plain?.body?.cancel();
  const leads = plain?.headers.get('location')?.startsWith('https://');
  if (plain === null || (plain.status >= 300 && plain.status < 400 && leads)) return null;
  return failed(`plain HTTP answers with ${plain.status}`, 'let the ingress redirect HTTP to HTTPS');
}
