import { isAbsolute, join, resolve } from 'node:path';

/** The scheme of a source, or of an object of one, that is not on the disk but behind an address. */
export function schemeOf(place: string): string | undefined {
  // One letter is a drive of Windows.
  return /^([a-z][a-z0-9.+-]+):\/\//i.exec(place)?.[1]?.toLowerCase();
}

function isAddress(place: string): boolean {
  return schemeOf(place) !== undefined;
}

/** Where an image of a source is: the absolute path of its file, or the address of its object. */
export function placeOf(root: string, path: string): string {
  if (isAddress(root)) return `${root}/${path}`;
  return isAbsolute(path) ? path : join(root, path);
}

/** A place that somebody names: an absolute path, or an address as it is. */
export function absolutePlace(named: string): string {
  return isAddress(named) ? named : resolve(named);
}
