import { isUid } from '../dicom/uid.ts';
import { SemblanceError } from '../domain/errors/error.ts';
import type { SearchLevel } from '../domain/levels.ts';

/** The UIDs of an object in a PACS. */
export interface InstanceUids {
  study: string;
  series: string;
  instance: string;
}

const SCHEME = /^dicomweb\+(https?:\/\/.+)$/i;

/**
 * Reads the address of a PACS: `dicomweb+https://host/dicom-web`, with what limits it to some studies behind `?`.
 * @throws SemblanceError PACS_ADDRESS_INVALID
 */
export function parsePacs(address: string): { root: string; base: URL; query: URLSearchParams } {
  const [, text = ''] = SCHEME.exec(address) ?? [];
  const base = URL.canParse(text) ? new URL(text) : undefined;
  // The address itself may hold a password and is not shown.
  const invalid = (why: string) => new SemblanceError('PACS_ADDRESS_INVALID', why);
  if (base === undefined) throw invalid('It is not of the form dicomweb+https://host/path.');
  if (base.username || base.password) throw invalid('It has a user name or a password in it.');
  const query = new URLSearchParams(base.search);
  base.search = '';
  base.hash = '';
  base.pathname = base.pathname.replace(/\/+$/, '');
  return { root: `dicomweb+${base.href.replace(/\/$/, '')}`, base, query };
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
