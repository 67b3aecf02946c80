import { DEFAULT_LIMITS, type DecodeLimits } from '../domain/decode-limits.ts';
import { type ByteSource, FileSource, MemorySource } from './byte-source.ts';
import { codestreamKind } from './codestream.ts';
import type { DataSet } from './data-set.ts';
import { damaged, unsupported } from './errors.ts';
import { readParts } from './file-format.ts';
import { Fragments } from './fragments.ts';
import { type DecodedFrame, decodeFrame } from './frame-decoder.ts';
import { describePixels, type PixelDescription } from './pixel-description.ts';
import {
  type Dtype,
  dtypeOf,
  expand422,
  interleave,
  type StoredData,
  samplesOf,
  sizeOf,
  swapBytes,
} from './samples.ts';
import type { TransferSyntax } from './transfer-syntax.ts';

/** Bytes behind the pixels that are looked at. */
const MOST_REST = 65_536;

/** The stored pixels of a frame, before any look-up table. */
export interface StoredFrame {
  rows: number;
  columns: number;
  /** Samples of a pixel, interleaved. */
  samples: number;
  dtype: Dtype;
  data: StoredData;
  /** What the samples are: MONOCHROME1, PALETTE COLOR, RGB, YBR_FULL, ... */
  photometric: string;
  /** How it was coded. */
  codec: string;
  /**
   * The samples of 8 bits in words of a big-endian file as they stand there, two and two exchanged: what
   * readers hash that do not undo it.
   */
  inFile?: Uint8Array;
}

/** An object of a DICOM file, whose frames are decoded when they are asked for. */
export class DicomInstance {
  private found: PixelDescription | undefined;
  private fragments: Fragments | undefined;

  constructor(
    private readonly bytes: ByteSource,
    private readonly file: ByteSource,
    /** The data set, without pixels. */
    readonly attributes: DataSet,
    /** File meta information. */
    readonly meta: DataSet | undefined,
    readonly transferSyntax: TransferSyntax,
    readonly limits: DecodeLimits,
  ) {}

  /**
   * What the attributes say of the pixels.
   * @throws SemblanceError DICOM_NO_PIXELS, DICOM_DAMAGED, DICOM_UNSUPPORTED, IMAGE_TOO_LARGE
   */
  get pixels(): PixelDescription {
    this.found ??= describePixels(this.attributes, this.limits);
    return this.found;
  }

  /** Frames that the attributes promise. */
  get frames(): number {
    return this.pixels.frames;
  }

  /**
   * Decodes a frame.
   * @param index from 0 on
   * @throws SemblanceError DICOM_DAMAGED, DICOM_UNSUPPORTED and those of `pixels`
   */
  async frame(index: number): Promise<StoredFrame> {
    const { pixels } = this;
    const { rows, columns, samples } = pixels;
    if (!Number.isInteger(index) || index < 0 || index >= pixels.frames) {
      throw new RangeError(`There is no frame ${index}.`);
    }
    const coded = this.codedFrame(index);
    const decoded =
      coded === undefined
        ? this.nativeFrame(index)
        : await decodeFrame(coded, pixels, this.transferSyntax);
    return { rows, columns, samples, dtype: dtypeOf(pixels), ...decoded };
  }

  /** Closes the file. */
  close(): void {
    this.file.close();
  }

  /** The bytes of a coded frame; undefined when frames are not coded, whatever the transfer syntax says. */
  private codedFrame(index: number): Uint8Array | undefined {
    const { element, frames } = this.pixels;
    const { bytes, attributes, transferSyntax } = this;
    if (transferSyntax.family === 'none')
      throw unsupported(`The transfer syntax ${transferSyntax.name}.`);
    if (element.open) {
      const isRle = transferSyntax.family === 'rle';
      this.fragments ??= new Fragments(bytes, element, attributes, frames, isRle);
      return this.fragments.frame(index);
    }
    if (!transferSyntax.encapsulated || element.length >= this.nativeSize()) return undefined;
    const coded = bytes.view(element.offset, element.length);
    if (frames > 1 || codestreamKind(coded) === undefined) {
      throw damaged('Its pixels are neither in fragments nor as many as it promises.');
    }
    return coded;
  }

  /** Bits of a frame that is not coded. */
  private nativeBits(): number {
    const { rows, columns, samples, allocated } = this.pixels;
    return rows * columns * (this.isSubsampled() ? 2 : samples) * allocated;
  }

  /** Bytes of all frames that are not coded. */
  private nativeSize(): number {
    return Math.ceil((this.nativeBits() * this.pixels.frames) / 8);
  }

  /** Whether two pixels share Cb and Cr; some writers say so of pixels that have them all. */
  private isSubsampled(): boolean {
    const { rows, columns, frames, allocated, photometric, samples, element } = this.pixels;
    const full = Math.ceil((rows * columns * samples * allocated * frames) / 8);
    return /^YBR_(FULL|PARTIAL)_422$/.test(photometric) && element.length < full;
  }

  /** Bytes that may follow are padding: of a picture of another size they would be pixels. */
  private checkRest(): void {
    const { element } = this.pixels;
    const size = this.nativeSize();
    const left = Math.min(MOST_REST, element.length - size);
    if (left < 2) return;
    const rest = this.bytes.view(element.offset + size, left);
    if (rest.some((byte) => byte !== rest[0])) {
      throw damaged(`Its pixels have ${element.length} bytes, its attributes say ${size}.`);
    }
  }

  private nativeFrame(index: number): DecodedFrame {
    const { pixels } = this;
    const { element, allocated, samples, planar, photometric } = pixels;
    const bits = this.nativeBits();
    const first = index * bits;
    const from = Math.floor(first / 8);
    const length = Math.ceil((first + bits) / 8) - from;
    if (from + length > element.length) {
      throw damaged(
        `It promises ${pixels.frames} frames of ${Math.ceil(bits / 8)} bytes; frame ${index + 1} is not whole in ${element.length} bytes.`,
      );
    }
    this.checkRest();
    if (this.isSubsampled() && pixels.columns % 2 === 1) {
      throw damaged(`Its rows of ${pixels.columns} pixels cannot share their colours two and two.`);
    }
    const data = samplesOf(this.inOrder(from, length), pixels, bits / allocated, first - from * 8);
    const codec = 'none';
    if (this.isWords() && allocated === 8 && !planar && !this.isSubsampled()) {
      return {
        data,
        codec,
        photometric,
        inFile: this.bytes.view(element.offset + from, length).slice(),
      };
    }
    if (this.isSubsampled()) return { data: expand422(data), codec, photometric };
    return { data: planar ? interleave(data, samples) : data, codec, photometric };
  }

  /** Whether samples of 8 bits or fewer stand in big-endian words. */
  private isWords(): boolean {
    const { element, allocated } = this.pixels;
    return !this.transferSyntax.little && allocated <= 8 && element.vr === 'OW';
  }

  /** A copy of bytes of the pixels, little endian. */
  private inOrder(from: number, length: number): Uint8Array {
    const { element, allocated } = this.pixels;
    const { little } = this.transferSyntax;
    if (!little && allocated === 24) throw unsupported('Samples of 24 bits in big-endian order.');
    const size = allocated > 8 ? sizeOf(dtypeOf(this.pixels)) : this.isWords() ? 2 : 1;
    if (little || size === 1) return this.bytes.view(element.offset + from, length).slice();
    const start = from - (from % size);
    const end = Math.min(element.length, Math.ceil((from + length) / size) * size);
    const words = this.bytes.view(element.offset + start, end - start).slice();
    swapBytes(words.subarray(0, words.length - (words.length % size)), size);
    return words.slice(from - start, from - start + length);
  }
}

/**
 * Reads a DICOM file's attributes; frames are read and decoded when they are asked for. Decoders can end
 * their process or hang: call it where only one picture suffers.
 *
 * @param from path of the file, or its bytes
 * @throws SemblanceError IMAGE_EMPTY, DICOM_NOT_RECOGNISED, DICOM_DAMAGED, IMAGE_TOO_LARGE (deflated), and those of
 *   the path
 */
export function readDicom(
  from: string | Uint8Array,
  limits: DecodeLimits = DEFAULT_LIMITS,
): DicomInstance {
  const file = typeof from === 'string' ? new FileSource(from) : new MemorySource(from);
  try {
    const { meta, attributes, transferSyntax, bytes } = readParts(file);
    return new DicomInstance(bytes, file, attributes, meta, transferSyntax, limits);
  } catch (error) {
    file.close();
    throw error;
  }
}
