import type { IncomingMessage } from 'node:http';
import { SemblanceError } from '../domain/errors/error.ts';

/** So many headers may a request have. */
export const MAX_HEADERS = 100;
/** So long may address and headers be together, in bytes: room for a filter of some thousand values. */
export const MAX_HEAD_BYTES = 64 * 1024;

/** Headers of which a second one would be taken for the first by one reader and not by the next. */
const SINGLE = [
  'host',
  'content-length',
  'content-type',
  'content-encoding',
  'transfer-encoding',
  'origin',
  'sec-fetch-site',
  'sec-fetch-mode',
];

/** A name, an IPv4 address or an IPv6 address in brackets, and a port. */
const HOST = /^(?:[a-z0-9](?:[a-z0-9._-]*[a-z0-9_.])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?$/i;

/**
 * Whether a text can stand in the header Host and in an address.
 * @testing
 */
export function isHost(text: string): boolean {
  return HOST.test(text) && URL.canParse(`http://${text}/`);
}

function invalid(detail: string): SemblanceError {
  return new SemblanceError('REQUEST_INVALID', detail);
}

/**
 * What is wrong with the head of a request, of what Node's parser lets through. Only a head that is read
 * in the same way by everybody between the client and here is taken.
 */
export function headProblem(request: IncomingMessage): SemblanceError | undefined {
  const { rawHeaders, httpVersion, url: target = '', method } = request;
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return invalid('It is not HTTP/1.1.');
  if (rawHeaders.length / 2 > MAX_HEADERS) {
    return new SemblanceError('HEAD_TOO_LARGE', `More than ${MAX_HEADERS} headers were sent.`);
  }
  const names = rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase());
  for (const single of SINGLE) {
    if (names.indexOf(single) !== names.lastIndexOf(single)) {
      return invalid(`The header ${single} stands there twice.`);
    }
  }
  const { host } = request.headers;
  if (host === undefined) return invalid('The header Host is missing.');
  if (!isHost(host)) return invalid('The header Host is no host name.');
  if (target === '*' && method === 'OPTIONS') return undefined;
  if (target.includes('\\')) return invalid('The address has a backslash.');
  if (target.startsWith('/')) {
    // Two slashes would be the beginning of a host name to some.
    return URL.canParse(`http://${host}${target}`) ? undefined : invalid('It is no address.');
  }
  if (!/^http:\/\//i.test(target) || !URL.canParse(target)) return invalid('It is no address.');
  const named = new URL(target);
  if (named.username !== '' || named.password !== '') return invalid('The address names a user.');
  if (named.host !== new URL(`http://${host}/`).host) {
    return invalid('Address and header Host name different hosts.');
  }
  return undefined;
}
