import ipaddr from 'ipaddr.js';

/**
 * The network of an address, of the size that one customer usually has (IPv4 /24, IPv6 /56), so that the owner of a
 * whole network does not count as many clients.
 */
export function networkOf(address: string): string {
  if (!ipaddr.IPv6.isValid(address) && !ipaddr.IPv4.isValidFourPartDecimal(address)) return 'unknown';
  const ip = ipaddr.process(address);
  if (ip instanceof ipaddr.IPv4) return `${ipaddr.IPv4.networkAddressFromCIDR(`${ip}/24`)}/24`;
  const [a, b, c, d] = ip.parts.map((part) => part.toString(16).padStart(4, '0'));
  return `${a}:${b}:${c}:${d?.slice(0, 2)}00::/56`;
}
