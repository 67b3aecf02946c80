import { queryOptions } from '@tanstack/react-query';
import { previewPicture } from '../api.ts';
import { newKey } from './history.ts';
import { queries } from './queries.ts';

/** A picture as the page shows it. */
export interface ShownPicture {
  blob: Blob;
  /** Address to show it by. */
  address: string;
  /** Size of the picture itself; what is shown can be smaller. */
  width: number;
  height: number;
  /** What decoding did; null where the browser itself decoded it. */
  decoding: Readonly<Record<string, string | number | boolean>> | null;
}

/**
 * Own pictures, in the memory of this page only: a reload forgets them. Nothing is written to the
 * browser's storage, because a picture may show a patient.
 */
const pictures = new Map<string, File>();

/** So many pictures are kept; the oldest is dropped first. */
const LIMIT = 20;

/** Keeps a picture and returns its key. */
export function keepUpload(file: File): string {
  const key = newKey();
  pictures.set(key, file);
  const oldest = pictures.keys().next().value;
  if (pictures.size > LIMIT && oldest !== undefined) {
    const { queryKey } = shownUpload(oldest);
    const dropped = queries.getQueryData(queryKey);
    if (dropped) URL.revokeObjectURL(dropped.address);
    queries.removeQueries({ queryKey });
    pictures.delete(oldest);
  }
  return key;
}

/** The picture of a key; null when it is gone. */
export function findUpload(key: string | null): File | null {
  return key === null ? null : (pictures.get(key) ?? null);
}

/**
 * The picture of a key as it can be shown. What a browser may not show, or not as the encoders see
 * it (TIFF, BMP, more than 8 bits, an opacity), is drawn by the server.
 */
export function shownUpload(key: string) {
  return queryOptions({
    queryKey: ['own picture', key],
    queryFn: async ({ signal }): Promise<ShownPicture> => {
      const file = pictures.get(key);
      if (!file) throw new Error('The picture is no longer here.');
      return (await shownByBrowser(file)) ?? (await shownByServer(file, signal));
    },
    // It goes with the picture.
    gcTime: Number.POSITIVE_INFINITY,
  });
}

async function shownByBrowser(file: File): Promise<ShownPicture | null> {
  const start = new Uint8Array(
    await file
      .slice(0, 26)
      .arrayBuffer()
      .catch(() => new ArrayBuffer(0)),
  );
  if (!isPlain(start)) return null;
  const address = URL.createObjectURL(file);
  const image = new Image();
  image.src = address;
  try {
    await image.decode();
  } catch {
    URL.revokeObjectURL(address);
    return null;
  }
  const { naturalWidth: width, naturalHeight: height } = image;
  return { blob: file, address, width, height, decoding: null };
}

async function shownByServer(file: File, signal: AbortSignal): Promise<ShownPicture> {
  const preview = await previewPicture(file, signal);
  return { ...preview, address: URL.createObjectURL(preview.blob) };
}

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/**
 * Whether a file begins as a JPEG, or as a PNG of 8 bits and less without opacity.
 * @param start its first 26 bytes
 */
function isPlain(start: Uint8Array): boolean {
  if (start[0] === 0xff && start[1] === 0xd8) return true;
  const [bits = 0, colour = 0] = [start[24], start[25]];
  return PNG.every((byte, i) => start[i] === byte) && bits <= 8 && (colour & 4) === 0;
}
