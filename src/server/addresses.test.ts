import { describe, expect, it } from 'vitest';
import { isLoopback, resolveHost } from './addresses.ts';
import { canonicalHost } from './guard.ts';
import { isHost } from './head.ts';

describe('addresses', () => {
  it.each(['127.0.0.1', '127.255.0.3', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1', '::1%lo'])(
    'knows %s as this machine alone',
    (address) => expect(isLoopback(address)).toBe(true),
  );
  it.each(['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', '::ffff:10.0.0.1', 'fe80::1%eth0', '::2'])(
    'knows %s as open to others',
    (address) => expect(isLoopback(address)).toBe(false),
  );

  it('goes by what the system reads, not by the letters', async () => {
    expect((await resolveHost('0')).isPrivate).toBe(false);
    expect((await resolveHost('127.1')).isPrivate).toBe(true);
    const localhost = await resolveHost('localhost');
    expect([localhost.isPrivate, localhost.names]).toEqual([true, ['localhost']]);
  });

  it('names addresses that work for every address', async () => {
    for (const host of ['0.0.0.0', '::']) {
      const { names } = await resolveHost(host);
      expect(names).toContain('127.0.0.1');
      for (const name of names) expect(isHost(`${name}:80`), name).toBe(true);
    }
  });

  it.each([
    ['LOCALHOST', 'localhost'],
    ['localhost.', 'localhost'],
    ['::1', '[::1]'],
    ['[0:0::1]', '[::1]'],
    ['a_b', 'a_b'],
    ['*', '*'],
  ])('compares %s as %s', (name, canonical) => expect(canonicalHost(name)).toBe(canonical));
});
