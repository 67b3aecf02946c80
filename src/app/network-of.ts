import { isIPv6 } from 'node:net';

/**
 * What counts as one asker by his address: an address of IPv4, and of IPv6 the network of 64 bits, of which whoever has one
 * address has all.
 */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = [], tail = []] = address
    .split('::')
    .map((part) => part.split(':').filter((group) => group !== ''));
  const zeros = Array(Math.max(0, 8 - head.length - tail.length)).fill('0');
  return `${[...head, ...zeros, ...tail].slice(0, 4).join(':')}::/64`;
}
