import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { FileSource, MemorySource } from '../../dicom/byte-source.ts';
import { factsOf, type InstanceFacts, positionOf } from '../../dicom/facts.ts';
import { looksLikeDicom, readParts } from '../../dicom/file-format.ts';
import { type DicomInstance, readDicom, type StoredFrame } from '../../dicom/instance.ts';
import { headOf, type JsonDataSet } from '../../dicom/json.ts';
import { measured } from '../../dicom/measured.ts';
import { type DicomPicture, shown } from '../../dicom/picture.ts';
import { type References, referencesOf } from '../../dicom/references.ts';
import { kindOf, type ObjectKind } from '../../dicom/sop-classes.ts';
import type { DecodeLimits } from '../../domain/decode-limits.ts';
import { parseWindow } from '../../domain/window.ts';
import { decodeImage, decodeStoredPixels, toRgb } from '../../images/decode.ts';
import { detectFormat } from '../../images/format.ts';
import { HEAD_BYTES } from '../../images/kind.ts';
import type { Decoding, Pixels, StoredPixels } from '../../images/pixels.ts';
import { contentHash, readImageFile } from '../../images/read.ts';
import { READING } from '../../images/reading.ts';
import type { Opened } from '../../objects/object-store.ts';

/** A file whose pictures are decoded when they are asked for, whatever its format. */
export interface OpenedPicture {
  /** SHA-256 of the file, hexadecimal. */
  contentHash: string;
  /** Bytes of the file. */
  size: number;
  /** What a DICOM object is. */
  kind?: ObjectKind;
  /** Pictures in the file that can be taken. @throws SemblanceError as `pixels` */
  frames(): number;
  /** What the file itself says of the picture. */
  facts?: InstanceFacts;
  /** Where a frame stands in its series; null where that is not known. */
  position(frame: number): number | null;
  /** A picture in 8-bit RGB; @param frame from 1 @param window as `parseWindow` reads it */
  pixels(frame: number, window?: string): Promise<Pixels>;
  /** A picture in its own depth; of a grey one of DICOM what was measured. */
  stored(frame: number): Promise<StoredPixels>;
  close(): void;
}

/**
 * Opens a file, or the bytes of one. Of DICOM only what is asked for is in memory.
 * @throws SemblanceError those of reading and decoding
 */
export async function openPicture(source: Opened, limits: DecodeLimits): Promise<OpenedPicture> {
  if (isDicom(source)) return openDicom(source, limits);
  const bytes = 'path' in source ? await readImageFile(source.path) : source.bytes;
  return {
    contentHash: contentHash(bytes),
    size: bytes.length,
    frames: () => 1,
    position: () => null,
    pixels: () => decodeImage(bytes, limits),
    stored: () => decodeStoredPixels(bytes, limits),
    close: () => undefined,
  };
}

/** What a file refers to (`referencesOf`); nothing where it is no DICOM. */
export function readReferences(source: Opened, limits: DecodeLimits): References {
  if (!isDicom(source)) return {};
  const instance = readDicom('path' in source ? source.path : source.bytes, limits);
  try {
    return referencesOf(instance);
  } finally {
    instance.close();
  }
}

/** What a file says of itself (`headOf`); undefined where it is no DICOM. Its pixels are not looked at. */
export function readHead(
  source: { path: string } | { bytes: Uint8Array },
): JsonDataSet | undefined {
  if (!isDicom(source)) return undefined;
  const bytes = 'path' in source ? new FileSource(source.path) : new MemorySource(source.bytes);
  try {
    return headOf(readParts(bytes).attributes);
  } finally {
    bytes.close();
  }
}

/** Whether a file is DICOM; one that can also be read as TIFF is, too. */
function isDicom(source: Opened): boolean {
  const bytes = 'path' in source ? new FileSource(source.path) : new MemorySource(source.bytes);
  try {
    const head = bytes.view(0, Math.min(bytes.size, HEAD_BYTES));
    const hasPrefix = Buffer.from(head.subarray(128, 132)).toString('latin1') === 'DICM';
    return hasPrefix || (detectFormat(head) === undefined && looksLikeDicom(bytes));
  } finally {
    bytes.close();
  }
}

async function openDicom(source: Opened, limits: DecodeLimits): Promise<OpenedPicture> {
  const found = await hashOf(source);
  const instance = readDicom('path' in source ? source.path : source.bytes, limits);
  let last: { frame: number; stored: Promise<StoredFrame> } | undefined;
  const shownIn = async (frame: number, window = 'default') => {
    // Several windows of a frame are asked for one after another.
    if (last?.frame !== frame) last = { frame, stored: instance.frame(frame - 1) };
    return shown(instance, await last.stored, frame - 1, parseWindow(window));
  };
  return {
    ...found,
    kind: kindOf(instance),
    frames: () => instance.frames,
    facts: factsOf(instance),
    position: (frame) => positionOf(instance, frame - 1),
    pixels: async (frame, window) => {
      const picture = await shownIn(frame, window);
      const { width, height, channels, data } = picture;
      return {
        width,
        height,
        data: toRgb(data, channels),
        decoding: decodingOf(instance, picture),
      };
    },
    stored: async (frame) => {
      const found = measured(instance, await instance.frame(frame - 1), frame - 1);
      if (found !== undefined) {
        return { ...found, channels: 1, bits: 16 };
      }
      const { width, height, channels, data } = await shownIn(frame);
      return { width, height, channels, bits: 8, data, windowLow: 0, windowHigh: 255 };
    },
    close: () => instance.close(),
  };
}

/** SHA-256 of an object, hexadecimal, and its size; a file is not held in memory. */
export async function hashOf(from: Opened): Promise<{ contentHash: string; size: number }> {
  if ('bytes' in from) return { contentHash: contentHash(from.bytes), size: from.bytes.length };
  const hash = createHash('sha256');
  let size = 0;
  for await (const piece of createReadStream(from.path)) {
    hash.update(piece);
    size += piece.length;
  }
  return { contentHash: hash.digest('hex'), size };
}

/** What was done to a frame, as it is kept. */
function decodingOf({ pixels }: DicomInstance, { record }: DicomPicture): Decoding {
  const { grey, shuttered, aspect, photometric, codec, regions } = record;
  const window = grey?.windows
    .map(({ center, width, function: kind }) => {
      const text = `${shortened(center)}/${shortened(width)}`;
      return kind === 'LINEAR' ? text : `${text} ${kind.toLowerCase().replace('_', ' ')}`;
    })
    .join(', ');
  const clipped = grey?.windows.reduce((sum, { below, above }) => sum + below + above, 0) ?? 0;
  return {
    format: 'dicom',
    bits: pixels.stored,
    colour: photometric.toLowerCase(),
    orientation: 1,
    pages: pixels.frames,
    codec,
    ...(window !== undefined && { window }),
    ...(grey && { windowFrom: [...new Set(grey.windows.map(({ source }) => source))].join(', ') }),
    ...(grey?.replaced && { windowReplaced: true }),
    ...(grey && !grey.table && (grey.slope !== 1 || grey.intercept !== 0)
      ? {
          rescale: `${shortened(grey.slope)} x ${grey.intercept < 0 ? '-' : '+'} ${shortened(Math.abs(grey.intercept))}`,
        }
      : {}),
    ...(grey?.table && { rescale: 'table' }),
    ...(grey?.unit !== undefined && { unit: grey.unit }),
    ...(grey?.inverted && { inverted: true }),
    ...(clipped > 0 && { clipped }),
    ...(grey && grey.padding > 0 && { padding: grey.padding }),
    ...(grey && grey.notFinite > 0 && { notFinite: grey.notFinite }),
    ...(shuttered > 0 && { shuttered }),
    ...(aspect !== 1 && { aspect }),
    ...(regions.length > 0 && { regions: regions.length }),
    reading: READING,
  };
}

/** A number with six digits at the most that count. */
const shortened = (value: number) => Number(value.toPrecision(6));
