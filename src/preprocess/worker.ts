import sharp from 'sharp';
import { toSemblanceError } from '../errors/error.ts';
import type { ErrorCode } from '../errors/registry.ts';
import { type DecodeLimits, decodeImage } from '../images/decode.ts';
import type { DecodeFacts } from '../images/pixels.ts';
import { contentHash, readImageFile } from '../images/read.ts';
import { perceptualHash } from './perceptual-hash.ts';
import { preprocess } from './preprocess.ts';
import type { PreprocessSpec } from './spec.ts';

/** One file for a worker. */
export interface PreprocessTask {
  path: string;
  /** Nothing is decoded when the content still has this hash. */
  unlessHash: string | undefined;
  /** Whether the perceptual hash is made also of content that has it. */
  alwaysHash: boolean;
  specs: PreprocessSpec[];
  limits: DecodeLimits;
}

/** What a worker found; `picture` is absent when the content has the expected hash. */
export interface PreprocessResult {
  contentHash: string;
  bytes: number;
  /** Of what was decoded. */
  perceptualHash?: string;
  picture?: {
    width: number;
    height: number;
    facts: DecodeFacts;
    /** One tensor for each spec, 3 x height x width. */
    tensors: Float32Array[];
  };
}

/** Errors cross threads without their class, so they travel as plain data. */
export type PreprocessAnswer = PreprocessResult | { error: { code: ErrorCode; detail: string } };

// The pool has a worker for each core already.
sharp.concurrency(1);
sharp.cache(false);

/** Reads, hashes, decodes and preprocesses one file. */
export default async function run(task: PreprocessTask): Promise<PreprocessAnswer> {
  try {
    const bytes = await readImageFile(task.path);
    const found = { contentHash: contentHash(bytes), bytes: bytes.length };
    const known = found.contentHash === task.unlessHash;
    if (known) {
      if (!task.alwaysHash) return found;
      // Under other limits than at first it may not decode; it stays known all the same.
      const pixels = await decodeImage(bytes, task.limits).catch(() => undefined);
      return pixels === undefined ? found : { ...found, perceptualHash: perceptualHash(pixels) };
    }
    const pixels = await decodeImage(bytes, task.limits);
    const tensors = task.specs.map((spec) => preprocess(pixels, spec));
    const { width, height, facts } = pixels;
    return {
      ...found,
      perceptualHash: perceptualHash(pixels),
      picture: { width, height, facts, tensors },
    };
  } catch (error) {
    const { code, message } = toSemblanceError(error);
    return { error: { code, detail: message } };
  }
}
