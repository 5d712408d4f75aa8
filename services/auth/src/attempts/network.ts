import { isIPv4, isIPv6 } from 'node:net';

/**
 * The network of an address: what one customer usually has (IPv4 /24, IPv6 /56). Whoever has a whole network
 * must not count as many.
 */
export function networkOf(address: string): string {
  const ip = address.toLowerCase().replace(/^::ffff:(?=\d+\.)/, '');
  if (isIPv4(ip)) return `${ip.split('.').slice(0, 3).join('.')}.0/24`;
  if (!isIPv6(ip)) return 'unknown';
  const [head = '', tail] = (ip.split('%')[0] ?? '').split('::');
  const groups = head ? head.split(':') : [];
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail ? tail.split(':').length : 0);
  const all = [...groups, ...Array.from({ length: missing }, () => '0'), ...(tail ? tail.split(':') : [])];
  const [a = '0', b = '0', c = '0', d = '0'] = all.map((group) => group.padStart(4, '0'));
  return `${a}:${b}:${c}:${d.slice(0, 2)}00::/56`;
}
