import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Context, MiddlewareHandler } from 'hono';
import { SemblanceError } from '../domain/errors/error.ts';

/** Who asks, and how. */
interface Asker {
  /** Address of the other end, or of who asks through proxies that are believed; empty where there is none. */
  client: string;
  /** Whether what it sends comes by TLS: to this server, or to a proxy that is believed. */
  secure: boolean;
}

declare module 'hono' {
  interface ContextVariableMap {
    asker: Asker;
  }
}

/** Addresses of proxies that are believed when they say who asks. */
export class TrustedProxies {
  private readonly list = new BlockList();

  /**
   * @param addresses IP addresses, and networks as 10.0.0.0/8
   * @throws SemblanceError USAGE for anything else
   */
  constructor(addresses: readonly string[]) {
    for (const text of addresses) {
      const [address = '', bits, ...more] = text.split('/');
      const family = isIPv6(address) ? 'ipv6' : 'ipv4';
      const most = family === 'ipv6' ? 128 : 32;
      const isNetwork = bits !== undefined && /^\d{1,3}$/.test(bits) && Number(bits) <= most;
      if (isIP(address) === 0 || more.length > 0 || (bits !== undefined && !isNetwork)) {
        const why = 'It is no IP address and no network, such as 10.0.0.0/8.';
        throw new SemblanceError('USAGE', why, { subject: text });
      }
      if (bits === undefined) this.list.addAddress(address, family);
      else this.list.addSubnet(address, Number(bits), family);
    }
  }

  /** Whether an IP address is one of them. */
  has(address: string): boolean {
    const family = isIP(address);
    return family !== 0 && this.list.check(address, family === 6 ? 'ipv6' : 'ipv4');
  }

  /**
   * Who asks: the last address on the way that is no proxy which is believed. What stands before it in
   * `X-Forwarded-For` anybody can have written.
   */
  asker(incoming: IncomingMessage | undefined): Asker {
    const { socket, headers } = incoming ?? {};
    const direct = plain(socket?.remoteAddress ?? '');
    const isEncrypted = (socket as TLSSocket | undefined)?.encrypted === true;
    if (!this.has(direct)) return { client: direct, secure: isEncrypted };
    const listed = (name: string) =>
      [headers?.[name] ?? []]
        .flat()
        .flatMap((value) => value.split(',').map((each) => each.trim()));
    let client = direct;
    for (const each of listed('x-forwarded-for').reverse()) {
      const address = plain(each);
      if (isIP(address) === 0) break;
      client = address;
      if (!this.has(address)) break;
    }
    const proto = listed('x-forwarded-proto').at(-1);
    return { client, secure: proto === undefined ? isEncrypted : proto === 'https' };
  }
}

/** An address without port, brackets, and what IPv6 says of IPv4. */
function plain(text: string): string {
  const bracketed = /^\[([^\]]+)\](:\d+)?$/.exec(text)?.[1];
  const withPort = /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(text)?.[1];
  return (bracketed ?? withPort ?? text).replace(/^::ffff:(?=\d+\.)/i, '');
}

/** Seconds for which a browser that came by TLS comes by nothing else: a year. */
const HSTS = 'max-age=31536000';

/** Says who asks, and to browsers that came by TLS that they shall come so again. */
export function knowAsker(proxies: TrustedProxies): MiddlewareHandler {
  return async (c, next) => {
    c.set('asker', proxies.asker(c.env?.incoming));
    await next();
    if (isSecure(c)) c.header('Strict-Transport-Security', HSTS);
  };
}

/** Address of who asks; empty where it is not known. */
export function clientOf(c: Context): string {
  return c.get('asker')?.client ?? '';
}

/** Whether who asks is known to come by TLS. */
export function isSecure(c: Context): boolean {
  return c.get('asker')?.secure ?? false;
}
