import sharp from 'sharp';
import type { InstanceFacts } from '../../dicom/facts.ts';
import { type DicomSummary, inspectDicom } from '../../dicom/inspect.ts';
import type { JsonDataSet } from '../../dicom/json.ts';
import type { References } from '../../dicom/references.ts';
import type { BurnedInPolicy } from '../../domain/burned-in.ts';
import type { DecodeLimits } from '../../domain/decode-limits.ts';
import { SemblanceError, toSemblanceError } from '../../domain/errors/error.ts';
import type { ErrorCode } from '../../domain/errors/registry.ts';
import { chosenFrames, parseFrames } from '../../domain/frames.ts';
import type { Region } from '../../domain/region.ts';
import type { WindowChoice } from '../../domain/window.ts';
import { cropPixels } from '../../images/crop.ts';
import { blacken, maskText, parseMask, scaledMask } from '../../images/mask.ts';
import type { Decoding, Pixels, StoredPixels } from '../../images/pixels.ts';
import { renderPng, renderThumbnail } from '../../images/render.ts';
import { fileObjects } from '../../objects/file-objects.ts';
import type { Opened } from '../../objects/object-store.ts';
import { isToBeLookedAt, lookForText, type TextFinding } from '../burned-in/look-for-text.ts';
import type { TextDetector } from '../burned-in/text-detector.ts';
import { MessageReader, type Part, sendInParts } from './messages.ts';
import { type OpenedPicture, openPicture, readHead, readReferences } from './opened-picture.ts';
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
  /** Which picture of the file, from 1; the first by default. */
  frame?: number | undefined;
  /** What of it is black, as `maskText` writes it. */
  mask?: string | undefined;
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
      /** Which pictures of the file, as `parseFrames` reads it; by default that of the task. */
      frames?: string | undefined;
      /** Only those after this one. */
      after?: number | undefined;
      /** What is done about burned-in text of whole pictures. */
      burnedIn?: BurnedInPolicy | undefined;
    }
  | { kind: 'thumbnail'; edge: number }
  | { kind: 'png'; edge?: number }
  | { kind: 'pixels' }
  | { kind: 'samples' }
  /** All of a DICOM file, shown in a window. */
  | { kind: 'inspect'; window: WindowChoice }
  /** What a DICOM file refers to. */
  | { kind: 'references' }
  /** What a DICOM file says of itself, see `headOf`. */
  | { kind: 'head' };

/** A picture of a file, as encoders will see it. */
export interface PictureFacts {
  /** Which picture of its file, from 1. */
  frame: number;
  width: number;
  height: number;
  decoding: Decoding;
  /** A region has none. */
  perceptualHash?: string;
  inputs: EncoderInput[];
  /** For each spec with a window of its own, what decoding did for it. */
  seen: (Decoding | undefined)[];
  /** Where it stands in its series; absent where that is not known. */
  position?: number;
}

/** What became of a file that was prepared. */
export interface PreparedFile {
  contentHash: string;
  /** Bytes of the file. */
  size: number;
  /** None when the content has the hash; of many, the next few. */
  pictures: PictureFacts[];
  /** Chosen pictures after these. */
  more: number;
  /** What the file itself says of what it shows. */
  facts?: InstanceFacts;
  /** Where it was asked for although the content has the hash. */
  perceptualHash?: string;
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
  samples?: Omit<StoredPixels, 'data'> & { frames: number };
  inspected?: InspectedFile;
  /** None of a file that is no DICOM. */
  references?: References;
  /** As `references`. */
  head?: JsonDataSet | undefined;
  /** With what the file says of itself, where that could be read. */
  error?: { code: ErrorCode; detail: string; facts?: InstanceFacts };
}

// There is a process for each core already.
sharp.concurrency(1);

/** Pictures of one file that are in memory at once, as tensors; fewer where looking for text takes its time. */
const AT_ONCE = { usual: 32, looking: 4 };

let detector: Promise<TextDetector> | undefined;

/** The detector of text, loaded when it is first needed: most runs need none. */
function textDetector(): Promise<TextDetector> {
  detector ??= import('../burned-in/text-detector.ts').then(({ TextDetector }) =>
    TextDetector.load(1),
  );
  return detector;
}

async function prepare(
  file: OpenedPicture,
  frame: number,
  work: Extract<PictureWork, { kind: 'prepare' }>,
): Promise<PreparedFile> {
  const { contentHash, size, facts } = file;
  const found = { contentHash, size, pictures: [], more: 0, ...(facts && { facts }) };
  if (contentHash === work.unlessHash) {
    if (!work.alwaysHash) return found;
    // Under other limits than at first it may not decode; it stays known all the same.
    const pixels = await file.pixels(frame).catch(() => undefined);
    return pixels === undefined ? found : { ...found, perceptualHash: perceptualHash(pixels) };
  }
  if (work.frames !== undefined && file.kind !== undefined && file.kind !== 'image') {
    throw new SemblanceError('DICOM_NOT_AN_IMAGE', `DICOM ${file.kind}`);
  }
  const total = file.frames();
  const chosen = (
    work.frames === undefined ? [frame] : chosenFrames(parseFrames(work.frames), total)
  ).filter((each) => each > (work.after ?? 0));
  if (chosen.length === 0 && work.after === undefined) {
    throw new SemblanceError('FRAMES_INVALID', `It has ${total} frames, none of those.`);
  }
  const pictures: PictureFacts[] = [];
  const looks = textPolicy(file, work) !== undefined;
  for (const each of chosen.slice(0, looks ? AT_ONCE.looking : AT_ONCE.usual)) {
    pictures.push(await preparePicture(file, each, work));
  }
  return { ...found, pictures, more: chosen.length - pictures.length };
}

async function preparePicture(
  file: OpenedPicture,
  frame: number,
  work: Extract<PictureWork, { kind: 'prepare' }>,
): Promise<PictureFacts> {
  const { specs, region } = work;
  // Encoders may see different windows of one picture, which itself is what it is without them.
  const byWindow = new Map<string | undefined, Pixels>();
  const shown = await file.pixels(frame);
  const policy = textPolicy(file, work);
  const text = policy && (await lookForText(shown, policy, annotated(file), textDetector));
  for (const window of new Set([undefined, ...specs.map((spec) => spec.window)])) {
    const seen = window === undefined ? shown : await file.pixels(frame, window);
    const whole = text === undefined ? seen : withFinding(seen, text);
    byWindow.set(window, region === undefined ? whole : cropPixels(whole, region));
  }
  const pixels = byWindow.get(undefined) as Pixels;
  const { width, height, decoding } = pixels;
  const position = file.position(frame);
  return {
    ...{ frame, width, height, decoding },
    ...(region === undefined && { perceptualHash: perceptualHash(pixels) }),
    ...(position !== null && { position }),
    inputs: specs.map((spec) => resizeAndCrop(byWindow.get(spec.window) as Pixels, spec)),
    seen: specs.map(({ window }) =>
      window === undefined ? undefined : byWindow.get(window)?.decoding,
    ),
  };
}

const annotated = ({ facts }: OpenedPicture) => ({
  modality: facts?.fields.modality,
  burnedIn: facts?.burnedIn,
});

/** What is done about the text of a file's pictures; undefined where it is not looked for. */
function textPolicy(
  file: OpenedPicture,
  { burnedIn = 'off' }: Extract<PictureWork, { kind: 'prepare' }>,
) {
  return burnedIn !== 'off' && isToBeLookedAt(burnedIn, annotated(file)) ? burnedIn : undefined;
}

/** A picture with its text black, and what is known of that. */
function withFinding(pixels: Pixels, { burnedIn, mask }: TextFinding): Pixels {
  const decoding = { ...pixels.decoding, burnedIn };
  if (mask.length === 0) return { ...pixels, decoding };
  return { ...blacken(pixels, 3, mask), decoding: { ...decoding, mask: maskText(mask) } };
}

/** A file whose pictures are masked. */
function masked(file: OpenedPicture, mask: string): OpenedPicture {
  const boxes = parseMask(mask);
  return {
    ...file,
    pixels: async (frame, window) => blacken(await file.pixels(frame, window), 3, boxes),
    stored: async (frame) => {
      const stored = await file.stored(frame);
      // What was measured has the pixels of the file, of which the picture may be another size.
      const { values = stored, channels } = stored;
      return blacken(stored, channels, scaledMask(boxes, values, stored));
    },
  };
}

async function inspect(
  from: Opened,
  { window }: Extract<PictureWork, { kind: 'inspect' }>,
  limits: DecodeLimits,
): Promise<PictureAnswer> {
  const file = 'path' in from ? from.path : from.bytes;
  const { error, ...summary } = await inspectDicom(file, limits, window);
  const refusal = error && { code: error.code, detail: error.message };
  return { inspected: { ...summary, refusal } };
}

async function perform(
  file: OpenedPicture,
  frame: number,
  work: Exclude<PictureWork, { kind: 'inspect' | 'references' | 'head' }>,
): Promise<PictureAnswer> {
  switch (work.kind) {
    case 'prepare':
      return { prepared: await prepare(file, frame, work) };
    case 'thumbnail':
      return { bytes: await renderThumbnail(await file.pixels(frame), work.edge) };
    case 'png': {
      const decoded = await file.pixels(frame);
      const { data: _, ...pixels } = decoded;
      return { pixels, bytes: await renderPng(decoded, work.edge) };
    }
    case 'pixels': {
      const { data, ...pixels } = await file.pixels(frame);
      return { pixels, bytes: data };
    }
    case 'samples': {
      const { data, ...samples } = await file.stored(frame);
      const frames = file.frames();
      return {
        samples: { ...samples, frames },
        bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      };
    }
  }
}

async function answer(task: PictureTask): Promise<PictureAnswer> {
  let file: OpenedPicture | undefined;
  try {
    const { path = '', bytes, limits, expectedHash, mask, work } = task;
    const from = bytes === undefined ? await fileObjects.open(path) : { bytes };
    if (work.kind === 'inspect') return await inspect(from, work, limits);
    if (work.kind === 'references') return { references: readReferences(from, limits) };
    if (work.kind === 'head') return { head: readHead(from) };
    file = await openPicture(from, limits);
    if (expectedHash !== undefined && file.contentHash !== expectedHash) {
      throw new SemblanceError('IMAGE_CHANGED', 'The file is not the one that was indexed.');
    }
    const { frame = 1 } = task;
    if (frame !== 1 && frame > file.frames()) {
      throw new SemblanceError('FRAMES_INVALID', `It has ${file.frames()} frames.`);
    }
    return await perform(mask === undefined ? file : masked(file, mask), frame, work);
  } catch (error) {
    const { code, message } = toSemblanceError(error);
    return { error: { code, detail: message, ...(file?.facts && { facts: file.facts }) } };
  } finally {
    file?.close();
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
