import { queryOptions } from '@tanstack/react-query';
import type { SearchLevel } from '../../../src/domain/levels.ts';
import { previewPicture } from '../api.ts';
import { newKey } from './history.ts';
import type { OwnFile, OwnPictures, OwnSeries } from './own-files.ts';
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

/** Names one picture of own files. */
export interface OwnPlace {
  /** Of the files that were given together. */
  key: string;
  /** Which of them, from 1. */
  file: number;
  /** Which picture of the file, from 1. */
  frame: number;
}

/** An own picture with the files it came with. */
export interface OwnPicture {
  file: OwnFile;
  /** The series it is of, and the number of its first file among all. */
  series: OwnSeries;
  first: number;
  given: OwnPictures;
}

/**
 * Own files, in the memory of this page only: a reload forgets them. Nothing is written to the
 * browser's storage, because a picture may show a patient.
 */
const pictures = new Map<string, OwnPictures>();

/** Of so many times files are kept; the oldest ones are dropped first. */
const LIMIT = 20;

/** Begins the keys of what is shown of own files. */
const OWN = 'own picture';

/** Keeps files and returns their key. */
export function keepUpload(given: OwnPictures): string {
  const key = newKey();
  pictures.set(key, given);
  const oldest = pictures.keys().next().value;
  if (pictures.size > LIMIT && oldest !== undefined) {
    for (const { queryKey, state } of queries
      .getQueryCache()
      .findAll({ queryKey: [OWN, oldest] })) {
      const dropped = state.data as ShownPicture | undefined;
      if (dropped) URL.revokeObjectURL(dropped.address);
      queries.removeQueries({ queryKey });
    }
    pictures.delete(oldest);
  }
  return key;
}

/** An own picture; null when it is gone. */
export function findUpload(place: OwnPlace | null): OwnPicture | null {
  const given = place && pictures.get(place.key);
  if (!place || !given) return null;
  let first = 1;
  for (const series of given.series) {
    const file = series.files[place.file - first];
    if (file) return { file, series, first, given };
    first += series.files.length;
  }
  return null;
}

/** Of a series or study so many files are searched with at the most, and so many bytes. */
const SEARCHED = { files: 50, bytes: 80e6 };

/**
 * The files that are searched with: the one that is shown, or where series or studies are found, those of its series
 * or all; of too many every n-th.
 */
export function searchedFiles(
  { file, series, given }: OwnPicture,
  level: SearchLevel,
  isPart: boolean,
): { files: readonly OwnFile[]; of: number } {
  if (level === 'image' || isPart) return { files: [file], of: 1 };
  const all = level === 'series' ? series.files : given.series.flatMap(({ files }) => files);
  const bytes = all.reduce((sum, { size }) => sum + size, 0);
  const step = Math.ceil(Math.max(1, all.length / SEARCHED.files, bytes / SEARCHED.bytes));
  return { files: all.filter((_, i) => i % step === 0), of: all.length };
}

/**
 * An own picture as it can be shown. What a browser may not show, or not as the encoders see
 * it (TIFF, BMP, DICOM, more than 8 bits, an opacity), is drawn by the server.
 */
export function shownUpload(place: OwnPlace) {
  return queryOptions({
    queryKey: [OWN, place.key, place.file, place.frame],
    queryFn: async ({ signal }): Promise<ShownPicture> => {
      const own = findUpload(place);
      if (!own) throw new Error('The picture is no longer here.');
      const file = await own.file.read();
      return (await shownByBrowser(file)) ?? (await shownByServer(file, place.frame, signal));
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

async function shownByServer(
  file: File,
  frame: number,
  signal: AbortSignal,
): Promise<ShownPicture> {
  const preview = await previewPicture(file, frame, signal);
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
