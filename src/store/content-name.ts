import { createHash } from 'node:crypto';

/*
 * What names an image's content: the SHA-256 of its object with the number of its frame, or a name of its own where
 * nothing was read, so that no two such images are taken for copies. How they are told apart is known here alone.
 */
const NO_FILE = 'unread:';

/** So many characters of a digest tell any two images apart: 132 bits. */
const NAME = 22;

/** What of an image names its content. */
export interface ContentRow {
  source_id: number;
  path: string;
  frame: number;
  /** SHA-256 of the object; null where none was read. */
  content_hash: string | null;
}

/** The name of an image's content. */
export function contentNameOf({ source_id, path, frame, content_hash }: ContentRow): string {
  if (content_hash !== null) return frameName(content_hash, frame);
  const digest = createHash('sha256')
    .update(frameName(`${source_id}/${path}`, frame))
    .digest('base64url');
  return NO_FILE + digest.slice(0, NAME);
}

/** The name of a frame of an object; of the first, whatever others there are, the object's own. */
export function frameName(object: string, frame: number): string {
  return frame === 1 ? object : `${object}.${frame}`;
}

/** The object and the frame that a content is named by; undefined where nothing was read. */
export function frameOf(contentName: string): { object: string; frame: number } | undefined {
  if (contentName.startsWith(NO_FILE)) return undefined;
  const at = contentName.lastIndexOf('.');
  return at < 0
    ? { object: contentName, frame: 1 }
    : { object: contentName.slice(0, at), frame: Number(contentName.slice(at + 1)) };
}

/** SQL: whether the image's file was read. */
export const HAS_FILE = 'images.object_id IS NOT NULL';
