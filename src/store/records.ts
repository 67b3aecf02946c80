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

/** An image that is to be read. */
export interface SourceDescription extends ImageDescription {
  /** Which of its frames are taken, as `parseFrames` reads it; by default as the collection says. */
  frames?: string;
}

/** What reading the file gave. */
export interface ImageContent {
  /** SHA-256 of the file, hexadecimal. */
  contentHash: string;
  /** Size of the file. */
  bytes: number;
  /** Pixels across and down, after rotation. */
  width: number;
  height: number;
  decoding: Decoding;
  /** 64 bits as hexadecimal digits. */
  perceptualHash?: string;
  /** Where it stands in its series. */
  position?: number;
  /** Of a DICOM object: what its SOP instance is called here, and its identifying attributes, encrypted. */
  sopInstance?: string;
  sealed?: Uint8Array;
}

/** What reading a file gave, as it is stored; null of a file that was not read. */
export function decodingOf({ facts }: { facts: string | null }): Decoding | null {
  return facts === null ? null : JSON.parse(facts);
}

/** An image of a collection. */
export interface ImageRecord extends ImageDescription {
  id: number;
  /** Which picture of its file, from 1. */
  frame: number;
  /** What tells its content from others; whether it is the hash of a file, says `ImageTable.fileHash`. */
  contentHash: string;
  /** Size of the file; null when it was never read. */
  bytes: number | null;
  /** Pixels across and down, after rotation; null when it was never read. */
  width: number | null;
  height: number | null;
  /** What decoding did; null when it was never read. */
  decoding: Decoding | null;
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

/**
 * The pairs a filter can name: the description's own columns and every metadata column.
 * @testing
 */
export function fieldsOf(description: ImageDescription): [field: string, value: string][] {
  const pairs = Object.entries(description.metadata);
  for (const label of description.labels) pairs.push(['label', label]);
  for (const field of LEVELS) {
    const value = description[field];
    if (value !== null) pairs.push([field, value]);
  }
  return pairs;
}
