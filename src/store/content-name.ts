import { createHash } from 'node:crypto';

/*
 * The column `content_hash` names an image's content: by the SHA-256 of its file, or by a name of its own where
 * no file was read, so that no two such images are taken for copies. How the two are told apart is known here
 * alone.
 */
const NO_FILE = 'unread:';

/** So many characters of a digest tell any two images apart: 132 bits. */
const NAME = 22;

/** Names the content of an image of which only embeddings are known. */
export function nameWithoutFile(sourceId: number, path: string): string {
  const digest = createHash('sha256').update(`${sourceId}/${path}`).digest('base64url');
  return NO_FILE + digest.slice(0, NAME);
}

/** The SHA-256 of the file that was read, hexadecimal; null where none was. */
export function fileHashOf(contentName: string): string | null {
  return contentName.startsWith(NO_FILE) ? null : contentName;
}

/** SQL: whether the image's file was read. */
export const HAS_FILE = `images.content_hash NOT LIKE '${NO_FILE}%'`;
