import type { StoredPixels } from '../../images/pixels.ts';

/**
 * A picture: its file, which may have to have a certain content, or the file's bytes. frame: which picture of the
 * file, from 1; the first by default. called: what errors call its path, where that names somebody. mask: what of it is
 * black (`Decoding.mask`).
 */
export type PictureSource =
  | {
      path: string;
      called?: string;
      contentHash?: string;
      frame?: number | undefined;
      mask?: string | undefined;
    }
  | { bytes: Uint8Array; frame?: number | undefined };

/** A picture in its own depth: grey (1) or RGB (3), 8 or 16 bits, little-endian; and the pictures in its file. */
export type SampleBytes = Omit<StoredPixels, 'data'> & { bytes: Uint8Array; frames: number };
