import { expect, test } from 'vitest';
import { networkOf } from './network-of.ts';

test.each([
  ['203.0.113.77', '203.0.113.0/24'],
  ['::ffff:203.0.113.77', '203.0.113.0/24'],
  ['2001:db8:1234:56ff::1', '2001:0db8:1234:5600::/56'],
  ['2001:DB8:1234:5600:a:b:c:d', '2001:0db8:1234:5600::/56'],
  ['2001:db8::1', '2001:0db8:0000:0000::/56'],
  ['fe80::1%eth0', 'fe80:0000:0000:0000::/56'],
  ['::1', '0000:0000:0000:0000::/56'],
  ['1:2:3::', '0001:0002:0003:0000::/56'],
  ['nonsense', 'unknown'],
])('%s belongs to %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});
