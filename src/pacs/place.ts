import type { JsonDataSet } from '../dicom/json.ts';
import { isUid } from '../dicom/uid.ts';
import { SemblanceError } from '../domain/errors/error.ts';
import type { SearchLevel } from '../domain/levels.ts';
import { isDimse, parseDimse } from './dimse/place.ts';

/** The UIDs of an object in a PACS. */
export interface InstanceUids {
  study: string;
  series: string;
  instance: string;
}

/** Before the address of a PACS over HTTP. */
export const SCHEME = 'dicomweb+';

/** The address of a PACS. */
export interface PacsAddress {
  /** Without what limits it to some studies; objects lie below it. */
  root: string;
  /** Attributes of studies, as QIDO-RS takes them. */
  query: URLSearchParams;
}

/**
 * Reads the address of a PACS: `dicomweb+https://host/dicom-web` or `dimse://TITLE@host:port`, with what limits it to some
 * studies behind `?`.
 * @throws SemblanceError PACS_ADDRESS_INVALID
 */
export function parsePacs(address: string): PacsAddress {
  return isDimse(address) ? parseDimse(address) : parseDicomweb(address);
}

function parseDicomweb(address: string): PacsAddress {
  const [, text = ''] = /^dicomweb\+(https?:\/\/.+)$/i.exec(address) ?? [];
  const base = URL.canParse(text) ? new URL(text) : undefined;
  // The address itself may hold a password and is not shown.
  const invalid = (why: string) => new SemblanceError('PACS_ADDRESS_INVALID', why);
  if (base === undefined) {
    throw invalid('It is neither dicomweb+https://host/path nor dimse://TITLE@host:port.');
  }
  if (base.username || base.password) throw invalid('It has a user name or a password in it.');
  const query = new URLSearchParams(base.search);
  base.search = '';
  base.hash = '';
  base.pathname = base.pathname.replace(/\/+$/, '');
  return { root: `${SCHEME}${base.href.replace(/\/$/, '')}`, query };
}

/** Whether nobody on the way to a PACS can read along. */
export function isEncrypted(root: string): boolean {
  return /^(dicomweb\+https|dimse\+tls):/.test(root);
}

/** Where an object, or its series or study, is below the address of its PACS (PS3.18 section 10.4.1). */
export function pathOf({ study, series, instance }: InstanceUids, level: SearchLevel = 'image') {
  const place = ['studies', study, 'series', series, 'instances', instance];
  return place.slice(0, { study: 2, series: 4, image: 6 }[level]).join('/');
}

/**
 * The PACS and the UIDs of an object's address.
 * @throws SemblanceError PACS_ADDRESS_INVALID
 */
export function parsePlace(address: string): InstanceUids & { root: string } {
  const match = /^(.+)\/studies\/([^/]+)\/series\/([^/]+)\/instances\/([^/]+)$/.exec(address);
  const [, root = '', study = '', series = '', instance = ''] = match ?? [];
  if (![study, series, instance].every(isUid)) {
    throw new SemblanceError('PACS_ADDRESS_INVALID', 'It names no instance of a PACS.');
  }
  return { root, study, series, instance };
}

/** Where an object is fetched from, as an answer to a query tells it (PS3.18, 10.6.3.3.1; PS3.4, C.4.1.1.3.2). */
export function retrievalOf(root: string, uids: InstanceUids, level: SearchLevel): JsonDataSet {
  return isDimse(root)
    ? { '00080054': { vr: 'AE', Value: [parseDimse(root).peer.called] } }
    : { '00081190': { vr: 'UR', Value: [`${root.slice(SCHEME.length)}/${pathOf(uids, level)}`] } };
}
