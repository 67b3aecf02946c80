import { createHash } from 'node:crypto';

/*
 * What names an image's content: the SHA-256 of its file, which stands in the column `content_hash`, or a name of its
 * own where no file was read and the column is empty, so that no two such images are taken for copies. How the two
 * are told apart is known here alone.
 */
const NO_FILE = 'unread:';

/** So many characters of a digest tell any two images apart: 132 bits. */
const NAME = 22;

/** What of an image names its content. */
export interface ContentRow {
  source_id: number;
  path: string;
  content_hash: string;
}

/** The name of an image's content. */
export function contentNameOf({ source_id, path, content_hash }: ContentRow): string {
  if (content_hash !== '') return content_hash;
  const digest = createHash('sha256').update(`${source_id}/${path}`).digest('base64url');
  return NO_FILE + digest.slice(0, NAME);
}

/** The SHA-256 of the file that was read, hexadecimal; null where none was. */
export function fileHashOf(contentName: string): string | null {
  return contentName === '' || contentName.startsWith(NO_FILE) ? null : contentName;
}

/** SQL: whether the image's file was read. */
export const HAS_FILE = "images.content_hash <> ''";
