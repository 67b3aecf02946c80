import { SemblanceError } from '../../domain/errors/error.ts';
import type { PeerAddress } from './client.ts';

/** The title of this side, unless the address says another. */
const OWN_TITLE = 'SEMBLANCE';
/** The port of DICOM (PS3.8 section 9.1.2). */
const PORT = 104;
/** An AE title (PS3.5 section 6.2), here without control characters. */
const TITLE = /^[\x20-\x5b\x5d-\x7e]{1,16}$/;

/** Whether an address is one of DIMSE. */
export function isDimse(address: string): boolean {
  return /^dimse:/i.test(address);
}

/**
 * Reads `dimse://TITLE@host:port`, with `?calling=TITLE` where this side is known by another title than SEMBLANCE.
 * @returns the peer, and its address as it is shown
 * @throws SemblanceError PACS_ADDRESS_INVALID
 */
export function parseDimse(address: string): { peer: PeerAddress; root: string } {
  const invalid = (why: string) => new SemblanceError('PACS_ADDRESS_INVALID', why);
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || url.hostname === '' || url.password !== '') {
    throw invalid('It is not of the form dimse://TITLE@host:port.');
  }
  let called: string;
  try {
    called = decodeURIComponent(url.username);
  } catch {
    throw invalid('The title in it cannot be read.');
  }
  const { calling = OWN_TITLE, ...others } = Object.fromEntries(url.searchParams);
  if (Object.keys(others).length > 0) throw invalid('Only ?calling=TITLE may follow it.');
  if (!TITLE.test(called) || !TITLE.test(calling)) {
    throw invalid('A title (AE title) has 1 to 16 printable characters and no backslash.');
  }
  const port = url.port === '' ? PORT : Number(url.port);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return {
    peer: { host, port, called, calling },
    root: `dimse://${called}@${url.hostname}:${port}`,
  };
}
