import sharp from 'sharp';
import { type DicomSummary, inspectDicom } from '../../dicom/inspect.ts';
import type { DecodeLimits } from '../../domain/decode-limits.ts';
import { SemblanceError, toSemblanceError } from '../../domain/errors/error.ts';
import type { ErrorCode } from '../../domain/errors/registry.ts';
import type { Region } from '../../domain/region.ts';
import type { WindowChoice } from '../../domain/window.ts';
import { cropPixels } from '../../images/crop.ts';
import { decodeImage, decodeStoredPixels } from '../../images/decode.ts';
import type { Decoding, Pixels, StoredPixels } from '../../images/pixels.ts';
import { contentHash, readImageFile } from '../../images/read.ts';
import { renderPng, renderThumbnail } from '../../images/render.ts';
import { MessageReader, type Part, sendInParts } from './messages.ts';
import { perceptualHash } from './perceptual-hash.ts';
import { type EncoderInput, resizeAndCrop } from './preprocess.ts';
import { limitProcess } from './process-limits.ts';
import type { PreprocessSpec } from './spec.ts';

/** A picture for a process: its file, or the file's bytes. */
export interface PictureTask {
  path?: string | undefined;
  bytes?: Uint8Array | undefined;
  /** The content that the file must have. */
  expectedHash?: string | undefined;
  limits: DecodeLimits;
  work: PictureWork;
}

/** What is done with a picture. */
export type PictureWork =
  | {
      kind: 'prepare';
      specs: PreprocessSpec[];
      /** The part of the picture that is prepared; it has no perceptual hash. */
      region?: Region | undefined;
      /** Nothing is decoded when the content has this hash. */
      unlessHash?: string | undefined;
      /** Whether the perceptual hash is made also of content that has it. */
      alwaysHash?: boolean | undefined;
    }
  | { kind: 'thumbnail'; edge: number }
  | { kind: 'png'; edge?: number }
  | { kind: 'pixels' }
  | { kind: 'samples' }
  /** All of a DICOM file, shown in a window. */
  | { kind: 'inspect'; window: WindowChoice };

/** What became of a file that was prepared; `picture` is absent when the content has the hash. */
export interface PreparedFile {
  contentHash: string;
  /** Bytes of the file. */
  size: number;
  /** Of what was decoded. */
  perceptualHash?: string;
  picture?: { width: number; height: number; decoding: Decoding; inputs: EncoderInput[] };
}

/** A DICOM file that was inspected, its error as plain data. */
export interface InspectedFile extends Omit<DicomSummary, 'error'> {
  refusal: { code: ErrorCode; detail: string } | undefined;
}

/** An answer: what was asked for, with its bytes if there are any, or an error as plain data. */
export interface PictureAnswer {
  bytes?: Uint8Array | undefined;
  prepared?: PreparedFile;
  pixels?: Omit<Pixels, 'data'>;
  samples?: Omit<StoredPixels, 'data'>;
  inspected?: InspectedFile;
  error?: { code: ErrorCode; detail: string };
}

// There is a process for each core already.
sharp.concurrency(1);

async function prepare(
  bytes: Uint8Array,
  limits: DecodeLimits,
  work: Extract<PictureWork, { kind: 'prepare' }>,
): Promise<PreparedFile> {
  const found = { contentHash: contentHash(bytes), size: bytes.length };
  if (found.contentHash === work.unlessHash) {
    if (!work.alwaysHash) return found;
    // Under other limits than at first it may not decode; it stays known all the same.
    const pixels = await decodeImage(bytes, limits).catch(() => undefined);
    return pixels === undefined ? found : { ...found, perceptualHash: perceptualHash(pixels) };
  }
  const whole = await decodeImage(bytes, limits);
  const pixels = work.region === undefined ? whole : cropPixels(whole, work.region);
  const inputs = work.specs.map((spec) => resizeAndCrop(pixels, spec));
  const { width, height, decoding } = pixels;
  return {
    ...found,
    ...(work.region === undefined && { perceptualHash: perceptualHash(pixels) }),
    picture: { width, height, decoding, inputs },
  };
}

async function inspect(
  { path, bytes, limits }: PictureTask,
  { window }: Extract<PictureWork, { kind: 'inspect' }>,
): Promise<PictureAnswer> {
  const { error, ...summary } = await inspectDicom(bytes ?? (path as string), limits, window);
  const refusal = error && { code: error.code, detail: error.message };
  return { inspected: { ...summary, refusal } };
}

async function perform(
  bytes: Uint8Array,
  limits: DecodeLimits,
  work: Exclude<PictureWork, { kind: 'inspect' }>,
): Promise<PictureAnswer> {
  switch (work.kind) {
    case 'prepare':
      return { prepared: await prepare(bytes, limits, work) };
    case 'thumbnail':
      return { bytes: await renderThumbnail(await decodeImage(bytes, limits), work.edge) };
    case 'png': {
      const decoded = await decodeImage(bytes, limits);
      const { data: _, ...pixels } = decoded;
      return { pixels, bytes: await renderPng(decoded, work.edge) };
    }
    case 'pixels': {
      const { data, ...pixels } = await decodeImage(bytes, limits);
      return { pixels, bytes: data };
    }
    case 'samples': {
      const { data, ...samples } = await decodeStoredPixels(bytes, limits);
      return { samples, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
    }
  }
}

async function answer(task: PictureTask): Promise<PictureAnswer> {
  try {
    if (task.work.kind === 'inspect') return await inspect(task, task.work);
    const bytes = task.bytes ?? (await readImageFile(task.path as string));
    if (task.expectedHash !== undefined && contentHash(bytes) !== task.expectedHash) {
      throw new SemblanceError('IMAGE_CHANGED', 'The file is not the one that was indexed.');
    }
    return await perform(bytes, task.limits, task.work);
  } catch (error) {
    const { code, message } = toSemblanceError(error);
    return { error: { code, detail: message } };
  }
}

async function send({ bytes, ...rest }: PictureAnswer | Record<string, never>): Promise<void> {
  const report = { rss: process.memoryUsage.rss() };
  await sendInParts({ bytes, ...{ report, answer: rest } }, (part, done) =>
    process.send?.(part, undefined, {}, done),
  );
}

limitProcess(Number(process.argv[2]));
const reader = new MessageReader<PictureTask>();
process.on('message', async (part) => {
  const task = reader.take(part as Part);
  if (task !== undefined) await send(await answer(task));
});
await send({});
