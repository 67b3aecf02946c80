import { createHash } from 'node:crypto';
import type { DecodeLimits } from '../domain/decode-limits.ts';
import { SemblanceError, toSemblanceError } from '../domain/errors/error.ts';
import type { WindowChoice } from '../domain/window.ts';
import type { DataSet } from './data-set.ts';
import { type DicomInstance, readDicom, type StoredFrame } from './instance.ts';
import { type DicomPicture, shown } from './picture.ts';
import { type Dtype, sizeOf, swapBytes } from './samples.ts';
import { kindOf, type ObjectKind } from './sop-classes.ts';
import type { Keyword } from './tags.ts';

/** The stored pixels of all frames, samples interleaved, before any look-up table. */
interface PixelSummary {
  frames: number;
  /** Frames where there are several, rows, columns, samples where there are several. */
  shape: number[];
  /** As NumPy names it: little endian, except where it begins with `>` (`>i2`). */
  dtype: string;
  min: number;
  max: number;
  mean: number;
  /** Of the samples as `dtype` says. */
  sha256: string;
  /** Of a big-endian file also that of its samples in little-endian order. */
  sha256LittleEndian?: string;
}

/** What a file holds; nothing in it says who the patient is. */
export interface DicomSummary {
  kind?: ObjectKind;
  transferSyntax?: { uid: string; name: string };
  modality?: string | undefined;
  /** Attributes that name somebody and have a value. */
  identity: Keyword[];
  frames: Omit<DicomPicture, 'data'>[];
  pixels?: PixelSummary;
  error?: SemblanceError;
}

const IDENTITY: readonly Keyword[] = [
  'PatientName',
  'PatientID',
  'PatientBirthDate',
  'PatientSex',
  'PatientAge',
  'AccessionNumber',
  'InstitutionName',
  'StudyDate',
  'StudyDescription',
  'SeriesDescription',
  'StudyInstanceUID',
  'SeriesInstanceUID',
  'SOPInstanceUID',
];

/** NumPy's name of a kind of samples in big-endian order; a byte has none. */
function bigEndianName(dtype: Dtype): string {
  const size = sizeOf(dtype);
  return size === 1 ? dtype : `>${dtype[0]}${size}`;
}

/** Adds up the stored pixels of frames. */
class PixelSum {
  private readonly hash = createHash('sha256');
  private readonly little = createHash('sha256');
  private min = Number.POSITIVE_INFINITY;
  private max = Number.NEGATIVE_INFINITY;
  private sum = 0;
  private count = 0;

  /** @param bigEndian whether the file's samples are */
  constructor(private readonly bigEndian: boolean) {}

  add({ data, inFile }: StoredFrame): void {
    for (let i = 0; i < data.length; i++) {
      const value = data[i] as number;
      if (value < this.min) this.min = value;
      if (value > this.max) this.max = value;
      this.sum += value;
    }
    this.count += data.length;
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    if (this.bigEndian) {
      this.little.update(bytes);
      this.hash.update(inFile ?? swapBytes(bytes.slice(), data.BYTES_PER_ELEMENT));
    } else this.hash.update(bytes);
  }

  summary(frames: number, { rows, columns, samples, dtype }: StoredFrame): PixelSummary {
    const { min, max, sum, count, bigEndian } = this;
    const shape = [
      ...(frames > 1 ? [frames] : []),
      rows,
      columns,
      ...(samples > 1 ? [samples] : []),
    ];
    return {
      ...{ frames, shape, dtype: bigEndian ? bigEndianName(dtype) : dtype },
      ...{ min, max, mean: sum / count, sha256: this.hash.digest('hex') },
      ...(bigEndian && { sha256LittleEndian: this.little.digest('hex') }),
    };
  }
}

/** A short name of the standard, and nothing else. */
function codeOf(attributes: DataSet, keyword: Keyword): string | undefined {
  const text = attributes.text(keyword);
  return text !== undefined && /^[A-Z]{2,16}$/.test(text) ? text : undefined;
}

/**
 * Reads all of a file: what it is, every frame, and what is done to show it. What is wrong with it is an
 * `error` beside what could be read.
 * @param from path of the file, or its bytes
 */
export async function inspectDicom(
  from: string | Uint8Array,
  limits: DecodeLimits,
  window: WindowChoice,
): Promise<DicomSummary> {
  const summary: DicomSummary = { identity: [], frames: [] };
  let instance: DicomInstance | undefined;
  try {
    instance = readDicom(from, limits);
    const { attributes, transferSyntax } = instance;
    const { uid, name } = transferSyntax;
    summary.kind = kindOf(instance);
    summary.transferSyntax = { uid, name };
    summary.modality = codeOf(attributes, 'Modality');
    summary.identity = IDENTITY.filter((keyword) => attributes.text(keyword) !== undefined);
    await inspectFrames(instance, summary, window);
  } catch (error) {
    summary.error = withKind(toSemblanceError(error), summary.kind);
  } finally {
    instance?.close();
  }
  return summary;
}

async function inspectFrames(
  instance: DicomInstance,
  summary: DicomSummary,
  window: WindowChoice,
): Promise<void> {
  const { little, family } = instance.transferSyntax;
  const sum = new PixelSum(!little && family === 'native');
  let first: StoredFrame | undefined;
  for (let i = 0; i < instance.frames; i++) {
    const frame = await instance.frame(i);
    first ??= { ...frame, data: new Uint8Array(0) };
    sum.add(frame);
    const { data: _, ...picture } = shown(instance, frame, i, window);
    summary.frames.push(picture);
  }
  summary.pixels = sum.summary(instance.frames, first as StoredFrame);
}

/** An object without pixels is called by its name. */
function withKind(error: SemblanceError, kind: ObjectKind | undefined): SemblanceError {
  if (error.code !== 'DICOM_NO_PIXELS' || kind === undefined || kind === 'image') return error;
  return new SemblanceError(error.code, `It is of the kind "${kind}" and has no pixels.`);
}
