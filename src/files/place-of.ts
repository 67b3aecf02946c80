import { isAbsolute, join, resolve } from 'node:path';

/** Whether a source, or an object of one, is not on the disk but behind an address. */
export function isAddress(place: string): boolean {
  return /^[a-z][a-z0-9.-]*\+https?:\/\//i.test(place);
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
