import { lookup } from 'node:dns/promises';
import { BlockList, isIPv6 } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { SemblanceError } from '../domain/errors/error.ts';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');
LOOPBACK.addSubnet('::ffff:127.0.0.0', 104, 'ipv6');

/** Those that stand for every address of the machine. */
const EVERY = new Set(['0.0.0.0', '::']);

/**
 * Whether only this machine reaches an IP address.
 * @testing
 */
export function isLoopback(address: string): boolean {
  const [plain = ''] = address.split('%');
  return LOOPBACK.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4');
}

/** Where a server listens. */
export interface Listening {
  /** IP address to listen on. */
  address: string;
  /** Whether other machines cannot reach it. */
  isPrivate: boolean;
  /** Host names and addresses, as addresses of pages have them, under which it is reached; the best first. */
  names: string[];
}

function bracketed(address: string): string {
  return isIPv6(address) ? `[${address}]` : address;
}

/** Addresses by which other machines reach this one; those that need the name of a device are left out. */
function ownAddresses(family: 'IPv4' | 'any'): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter((each) => !each.internal && (family === 'any' || each.family === family))
    .filter(({ address }) => !/^fe80:/i.test(address))
    .sort((a, b) => a.family.localeCompare(b.family))
    .map(({ address }) => bracketed(address));
}

/**
 * What a host to listen on means.
 * @param host an IP address or a name of this machine
 * @throws SemblanceError PORT_NOT_ALLOWED when it is neither
 * @testing
 */
export async function resolveHost(host: string): Promise<Listening> {
  let address: string;
  try {
    if (host.trim() === '') throw new Error('An empty name stands for every address.');
    // The system reads some numbers, as `0` or `127.1`, as addresses, too: what counts is what it reads.
    ({ address } = await lookup(host));
  } catch (cause) {
    throw new SemblanceError('PORT_NOT_ALLOWED', 'It is no address of this machine.', {
      subject: host,
      cause,
    });
  }
  if (isLoopback(address)) return { address, isPrivate: true, names: [bracketed(host)] };
  if (!EVERY.has(address)) return { address, isPrivate: false, names: [bracketed(host)] };
  const own = ownAddresses(address === '::' ? 'any' : 'IPv4');
  return { address, isPrivate: false, names: [...own, hostname(), '127.0.0.1'] };
}

/**
 * Where is listened, unless other machines would reach it and nobody said that they may.
 * @param mayBeReached whether they may
 * @throws SemblanceError HOST_NOT_PRIVATE, PORT_NOT_ALLOWED
 */
export async function checkedHost(host: string, mayBeReached: boolean): Promise<Listening> {
  const listening = await resolveHost(host);
  if (listening.isPrivate || mayBeReached) return listening;
  throw new SemblanceError('HOST_NOT_PRIVATE', 'Nothing was started.', { subject: host });
}
