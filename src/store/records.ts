import { createHash } from 'node:crypto';
import { LEVELS } from '../domain/levels.ts';
import type { Decoding } from '../images/pixels.ts';

/** What is known about an image before it is read: from a CSV or from its place in a folder. */
export interface ImageDescription {
  /** Path relative to the source's folder, with forward slashes; absolute when it lies elsewhere. */
  path: string;
  patient: string | null;
  study: string | null;
  series: string | null;
  labels: readonly string[];
  /** Every other column, as text. */
  metadata: Readonly<Record<string, string>>;
}

/** What reading the file gave. */
export interface ImageContent {
  /** SHA-256 of the file, hexadecimal; for a file that was never read, see `isUnread`. */
  contentHash: string;
  /** Size of the file. */
  bytes: number;
  /** Pixels across and down, after rotation. */
  width: number;
  height: number;
  decoding: Decoding;
  /** 64 bits as hexadecimal digits; unknown for a file that was never read. */
  perceptualHash?: string;
}

/** Begins the content hash of an image whose file was never read. */
export const UNREAD = 'unread:';

/** What stands for the content of an image that only its embedding is known of. */
export function unreadContent(sourceId: number, path: string): ImageContent {
  const name = createHash('sha256').update(`${sourceId}/${path}`).digest('hex');
  return {
    contentHash: UNREAD + name,
    bytes: 0,
    width: 0,
    height: 0,
    decoding: { format: 'unread', bits: 0, colour: 'unread', orientation: 1, pages: 0 },
  };
}

/** Whether the file behind a content hash was never read. */
export function isUnread(contentHash: string): boolean {
  return contentHash.startsWith(UNREAD);
}

/** An image of a collection. */
export interface ImageRecord extends ImageDescription, Omit<ImageContent, 'perceptualHash'> {
  id: number;
}

/** An encoder as a collection knows it. */
export interface StoredEncoder {
  id: number;
  name: string;
  fingerprint: string;
  dimension: number;
  /** The encoder's JSON description, with the model file's absolute path; of an imported one, without a model. */
  definition: string;
  /** How many images have an embedding of it. */
  embeddings: number;
}

/** The pairs a filter can name: the description's own columns and every metadata column. */
export function fieldsOf(description: ImageDescription): [field: string, value: string][] {
  const pairs = Object.entries(description.metadata);
  for (const label of description.labels) pairs.push(['label', label]);
  for (const field of LEVELS) {
    const value = description[field];
    if (value !== null) pairs.push([field, value]);
  }
  return pairs;
}
