import type { ConnectionOptions } from 'node:tls';
import { SemblanceError } from '../../domain/errors/error.ts';
import type { PeerAddress } from './client.ts';

/** The title of this side, unless the address says another. */
const OWN_TITLE = 'SEMBLANCE';
/** The port of DICOM (PS3.8 section 9.1.2), and that with TLS. */
const PORT = 104;
const TLS_PORT = 2762;
/** An AE title (PS3.5 section 6.2), here without control characters. */
const TITLE = /^[\x20-\x5b\x5d-\x7e]{1,16}$/;

/** An address of DIMSE. */
export interface DimseAddress {
  peer: Omit<PeerAddress, 'tls'>;
  /** Whether TLS is spoken. */
  tls: boolean;
  /** Port of this machine that objects are to be sent to, by C-MOVE; they are fetched by C-GET where it is absent. */
  receive?: number;
  /** All of this as it is shown, without what limits it to some studies. */
  root: string;
  query: URLSearchParams;
}

/** Who is asked for an association, with certificates where TLS is spoken. */
export function peerOf(
  { peer, tls }: Pick<DimseAddress, 'peer' | 'tls'>,
  certificates: ConnectionOptions = {},
): PeerAddress {
  return tls ? { ...peer, tls: certificates } : peer;
}

/** Whether an address is one of DIMSE. */
export function isDimse(address: string): boolean {
  return /^dimse(\+tls)?:/i.test(address);
}

/**
 * Reads `dimse://TITLE@host:port` or `dimse+tls://...`. Behind `?`: `calling=TITLE` where this side is known by another
 * title than SEMBLANCE, `receive=port` for C-MOVE, and attributes of studies.
 * @throws SemblanceError PACS_ADDRESS_INVALID
 */
export function parseDimse(address: string): DimseAddress {
  const invalid = (why: string) => new SemblanceError('PACS_ADDRESS_INVALID', why);
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const hasMore = url !== undefined && !/^\/*$/.test(url.pathname);
  if (url === undefined || url.hostname === '' || url.password !== '' || hasMore) {
    throw invalid('It is not of the form dimse://TITLE@host:port.');
  }
  let called: string;
  try {
    called = decodeURIComponent(url.username);
  } catch {
    throw invalid('The title in it cannot be read.');
  }
  const query = new URLSearchParams(url.searchParams);
  const own = new URLSearchParams();
  for (const name of ['calling', 'receive']) {
    const value = query.get(name);
    if (value !== null) own.set(name, value);
    query.delete(name);
  }
  const calling = own.get('calling') ?? OWN_TITLE;
  if (!TITLE.test(called) || !TITLE.test(calling)) {
    throw invalid('A title (AE title) has 1 to 16 printable characters and no backslash.');
  }
  const receive = own.get('receive');
  if (receive !== null && !/^[1-9]\d{0,4}$/.test(receive)) {
    throw invalid('receive= names a port of this machine.');
  }
  const tls = /^dimse\+tls:/i.test(address);
  const port = url.port === '' ? (tls ? TLS_PORT : PORT) : Number(url.port);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const titled = `${encodeURIComponent(called)}@${url.hostname}:${port}`;
  return {
    peer: { host, port, called, calling },
    ...{ tls, query },
    ...(receive !== null && { receive: Number(receive) }),
    root: `${tls ? 'dimse+tls' : 'dimse'}://${titled}${own.size > 0 ? `?${own}` : ''}`,
  };
}
