import type { StoredPixels } from '../../images/pixels.ts';

/** A picture: its file, which may have to have a certain content, or the file's bytes. */
export type PictureSource = { path: string; contentHash?: string } | { bytes: Uint8Array };

/** A picture in its own depth: grey (1) or RGB (3), 8 or 16 bits, little-endian. */
export type SampleBytes = Omit<StoredPixels, 'data'> & { bytes: Uint8Array };
