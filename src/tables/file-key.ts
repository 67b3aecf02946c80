import { isAbsolute, posix, relative, sep } from 'node:path';

/** A file's path as a CSV in `folder` names it: relative, with forward slashes. */
export function pathFrom(folder: string, file: string): string {
  return relative(folder, file).split(sep).join('/');
}

/** A path with the slashes of this system's programs: those of Windows are understood everywhere. */
export function withSlashes(path: string): string {
  return path.includes('\\') ? path.replaceAll('\\', '/') : path;
}

/**
 * What all spellings of one path have in common: `./a.png`, `x/../a.png`, `.//a.png`, with backslashes, or
 * absolute. Names are compared as they are: case and links are the file system's affair.
 * @param root absolute path of the folder that relative paths start from
 */
export function fileKey(path: string, root: string): string {
  const plain = withSlashes(path);
  if (isAbsolute(plain)) return pathFrom(root, plain);
  if (!plain.includes('//') && !plain.includes('./') && !plain.endsWith('.')) return plain;
  const key = posix.normalize(plain);
  // Enough steps up and the way down again lead back into the folder.
  return key.startsWith('../') ? pathFrom(root, posix.join(withSlashes(root), key)) : key;
}
