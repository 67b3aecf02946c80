import { availableParallelism } from 'node:os';
import type { InstanceFacts } from '../../dicom/facts.ts';
import type { JsonDataSet } from '../../dicom/json.ts';
import type { References } from '../../dicom/references.ts';
import type { BurnedInPolicy } from '../../domain/burned-in.ts';
import { DEFAULT_LIMITS, type DecodeLimits } from '../../domain/decode-limits.ts';
import { SemblanceError } from '../../domain/errors/error.ts';
import type { Region } from '../../domain/region.ts';
import type { WindowChoice } from '../../domain/window.ts';
import type { Pixels } from '../../images/pixels.ts';
import { Objects } from '../../objects/objects.ts';
import { forkable } from '../../runtime/forked.ts';
import type { PictureSource, SampleBytes } from './picture.ts';
import { toTensor } from './preprocess.ts';
import { ProcessFailure, ProcessPool } from './process-pool.ts';
import type { PreprocessSpec } from './spec.ts';
import type {
  InspectedFile,
  PictureAnswer,
  PictureFacts,
  PictureTask,
  PictureWork,
  PreparedFile,
} from './worker.ts';

/** Why a file gave no picture. */
export class PictureError extends SemblanceError {
  /** What the file says of itself all the same. */
  facts: InstanceFacts | undefined;
}

/** A picture of a file, made ready for encoders. */
export interface PreparedPicture extends Omit<PictureFacts, 'inputs'> {
  /** One tensor for each spec, 3 x height x width. */
  tensors: Float32Array[];
}

/** What became of a file. */
export interface PreprocessResult {
  contentHash: string;
  /** Size of the file. */
  bytes: number;
  /** Its pictures in the order of their frames, of many the next few; none when the content has the expected hash. */
  pictures: PreparedPicture[];
  /** Chosen pictures after these. */
  more: number;
  /** What the file itself says of what it shows. */
  facts?: InstanceFacts;
  /** Of the first picture, where it was asked for although the content has the expected hash. */
  perceptualHash?: string;
}

/** How pictures are read. */
interface PoolOptions {
  threads?: number | undefined;
  limits?: DecodeLimits | undefined;
  /** Where they are read from; whoever gives them closes them. */
  objects?: Objects | undefined;
}

/**
 * Processes that read, hash, decode, preprocess and render pictures, so that no picture can hold or
 * end this one. They start when they are needed.
 */
export class PreprocessPool {
  private readonly limits: Required<DecodeLimits>;
  private readonly pool: ProcessPool<PictureTask, PictureAnswer>;
  /** Where it reads pictures from. */
  readonly objects: Objects;
  private readonly ownsObjects: boolean;

  /** @param options `threads`: pictures at once, one for each core by default; `limits` of each */
  constructor(options: PoolOptions = {}) {
    this.objects = options.objects ?? new Objects();
    this.ownsObjects = options.objects === undefined;
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.pool = new ProcessPool({
      ...forkable(import.meta.url, './worker'),
      size: options.threads ?? availableParallelism(),
      seconds: this.limits.maxSeconds,
      memory: this.limits.maxMemory * 2 ** 20,
    });
  }

  /**
   * Reads one file, or the bytes of one.
   * @param source its path is absolute
   * @param specs one tensor is made for each
   * @param options `unlessHash`: when the content still has this hash, no tensor is made; `alwaysHash`: whether
   *   such a file is decoded for its perceptual hash; `frames`: which pictures of it, as `parseFrames` reads it, the
   *   first by default; `after`: only those after this one; `burnedIn`: what is done about text, nothing by default
   * @throws SemblanceError with the path as its subject, as all here: IMAGE_TOO_COSTLY,
   *   IMAGE_DECODER_ENDED, BURNED_IN_TEXT, BURNED_IN_TEXT_REMAINS, those of `readImageFile` and `decodeImage`
   */
  async run(
    source: PictureSource,
    specs: PreprocessSpec[],
    {
      signal,
      ...options
    }: {
      unlessHash?: string | undefined;
      alwaysHash?: boolean;
      frames?: string | undefined;
      after?: number;
      signal?: AbortSignal | undefined;
      burnedIn?: BurnedInPolicy;
    } = {},
  ): Promise<PreprocessResult> {
    const work = { kind: 'prepare', specs, ...options } as const;
    return withTensors(await this.work(source, work, signal), specs);
  }

  /**
   * Prepares a picture, or a region of it, for encoders.
   * @param specs one tensor is made for each
   * @throws SemblanceError as `run`, REQUEST_INVALID (the region), IMAGE_CHANGED; the signal's reason
   */
  async prepare(
    source: PictureSource,
    specs: PreprocessSpec[],
    { region, signal }: { region?: Region | undefined; signal?: AbortSignal | undefined } = {},
  ): Promise<{ contentHash: string; picture: PreparedPicture }> {
    const answer = await this.work(source, { kind: 'prepare', specs, region }, signal);
    const { contentHash, pictures } = withTensors(answer, specs);
    return { contentHash, picture: pictures[0] as PreparedPicture };
  }

  /**
   * A small WebP (`renderThumbnail`).
   * @throws SemblanceError as `prepare`
   */
  async thumbnail(source: PictureSource, edge: number, signal?: AbortSignal): Promise<Uint8Array> {
    return (await this.work(source, { kind: 'thumbnail', edge }, signal)).bytes as Uint8Array;
  }

  /**
   * An 8-bit PNG in full size (`renderPng`).
   * @throws SemblanceError as `prepare`
   */
  async png(source: PictureSource, signal?: AbortSignal): Promise<Uint8Array> {
    return (await this.work(source, { kind: 'png' }, signal)).bytes as Uint8Array;
  }

  /**
   * An 8-bit PNG for a screen (`renderPng`), and what the picture itself is like.
   * @param edge its longest side at the most
   * @throws SemblanceError as `prepare`
   */
  async preview(
    source: PictureSource,
    edge: number,
    signal?: AbortSignal,
  ): Promise<Omit<Pixels, 'data'> & { bytes: Uint8Array }> {
    const { pixels, bytes } = await this.work(source, { kind: 'png', edge }, signal);
    return { ...(pixels as Omit<Pixels, 'data'>), bytes: bytes as Uint8Array };
  }

  /**
   * The picture in 8-bit RGB (`decodeImage`).
   * @throws SemblanceError as `prepare`
   */
  async pixels(source: PictureSource, signal?: AbortSignal): Promise<Pixels> {
    const { pixels, bytes } = await this.work(source, { kind: 'pixels' }, signal);
    return { ...(pixels as Omit<Pixels, 'data'>), data: bytes as Uint8Array };
  }

  /**
   * The picture in its own depth (`decodeStoredPixels`).
   * @throws SemblanceError as `prepare`
   */
  async samples(source: PictureSource, signal?: AbortSignal): Promise<SampleBytes> {
    const { samples, bytes } = await this.work(source, { kind: 'samples' }, signal);
    return { ...samples, bytes } as SampleBytes;
  }

  /**
   * All of a DICOM file, and what is done to show it (`inspectDicom`).
   * @param path absolute path
   * @throws SemblanceError IMAGE_TOO_COSTLY, IMAGE_DECODER_ENDED; what is wrong with the file is its `refusal`
   */
  async inspect(path: string, window: WindowChoice, signal?: AbortSignal): Promise<InspectedFile> {
    const answer = await this.work({ path }, { kind: 'inspect', window }, signal);
    return answer.inspected as InspectedFile;
  }

  /**
   * What a DICOM file refers to, and what it is called; nothing where it is none.
   * @throws SemblanceError as `run`
   */
  async references(source: PictureSource): Promise<References> {
    return (await this.work(source, { kind: 'references' })).references ?? {};
  }

  /**
   * What a DICOM object says of itself (`headOf`); of one in a PACS it is asked for, and its pixels are not fetched.
   * Undefined where it is no DICOM.
   * @throws SemblanceError as `run`, and those of `DicomwebClient.describe`
   */
  async head(source: PictureSource, signal?: AbortSignal): Promise<JsonDataSet | undefined> {
    if ('path' in source) {
      const said = await this.objects.at(source.path).head(source.path, signal);
      if (said !== undefined) return said;
    }
    return (await this.work(source, { kind: 'head' }, signal)).head;
  }

  /** Starts a process ahead of the first picture. */
  start(): void {
    this.pool.start();
  }

  /** Ends the processes. */
  async close(): Promise<void> {
    await this.pool.close();
    if (this.ownsObjects) await this.objects.close();
  }

  private async work(
    source: PictureSource,
    work: PictureWork,
    signal?: AbortSignal,
  ): Promise<PictureAnswer> {
    const { limits } = this;
    const subject = this.subjectOf(source);
    const from = 'bytes' in source ? source : await this.placed(source, signal);
    let answer: PictureAnswer;
    try {
      answer = await this.pool.run({ ...from, work, limits }, signal);
    } catch (cause) {
      throw cause instanceof ProcessFailure ? this.failed(cause, subject) : cause;
    }
    if (answer.error === undefined) return answer;
    const { code, detail, facts } = answer.error;
    throw Object.assign(new PictureError(code, detail, subject), { facts });
  }

  /** What errors call a picture. An address of which nobody says what it is called is not told. */
  private subjectOf(source: PictureSource): { subject?: string } {
    if ('bytes' in source) return {};
    const { path, called = this.objects.at(path).onDisk ? path : undefined } = source;
    return called === undefined ? {} : { subject: called };
  }

  /** A file as a process takes it, which opens it itself; of what is not on the disk the bytes. */
  private async placed(
    { path, contentHash: expectedHash, frame, mask }: Extract<PictureSource, { path: string }>,
    signal: AbortSignal | undefined,
  ) {
    const store = this.objects.at(path);
    const from = store.onDisk ? { path } : await store.open(path, signal);
    return { ...from, expectedHash, frame, mask };
  }

  private failed(failure: ProcessFailure, subject: { subject?: string }): SemblanceError {
    const { maxSeconds, maxMemory } = this.limits;
    const options = { ...subject, cause: failure };
    switch (failure.reason) {
      case 'time':
        return new SemblanceError(
          'IMAGE_TOO_COSTLY',
          `It took longer than ${maxSeconds} seconds, which is the limit.`,
          options,
        );
      case 'memory':
        return new SemblanceError(
          'IMAGE_TOO_COSTLY',
          `It took more memory than the limit of ${maxMemory} MB, or than the machine has.`,
          options,
        );
      case 'ended':
        return new SemblanceError('IMAGE_DECODER_ENDED', failure.message, options);
    }
  }
}

function withTensors({ prepared }: PictureAnswer, specs: PreprocessSpec[]): PreprocessResult {
  const { size, pictures, ...found } = prepared as PreparedFile;
  return {
    ...found,
    bytes: size,
    pictures: pictures.map(({ inputs, ...facts }) => ({
      ...facts,
      tensors: inputs.map((input, i) => toTensor(input, specs[i] as PreprocessSpec)),
    })),
  };
}
