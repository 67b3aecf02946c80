import { isIPv4 } from 'node:net';

/** Whether a host name is this machine: `127.example.org` is another's. */
export function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

/** An address on the way to which nobody reads what is sent: of https, or of http on this machine; undefined for any other. */
export function privateAddress(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  // An address of IPv6 stands in brackets.
  const isHere = url.protocol === 'http:' && isThisMachine(url.hostname.replace(/^\[|\]$/g, ''));
  return url.protocol === 'https:' || isHere ? url : undefined;
}
