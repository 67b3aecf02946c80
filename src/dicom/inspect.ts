import { createHash } from 'node:crypto';
import type { DecodeLimits } from '../domain/decode-limits.ts';
import { SemblanceError, toSemblanceError } from '../domain/errors/error.ts';
import type { WindowChoice } from '../domain/window.ts';
import type { DataSet } from './data-set.ts';
import { type DicomInstance, readDicom, type StoredFrame } from './instance.ts';
import { type DicomPicture, shown } from './picture.ts';
import type { Dtype } from './samples.ts';
import { kindOf, type ObjectKind } from './sop-classes.ts';
import type { Keyword } from './tags.ts';

/** The stored pixels of all frames, little endian, samples interleaved, before any look-up table. */
interface PixelSummary {
  frames: number;
  /** Frames where there are several, rows, columns, samples where there are several. */
  shape: number[];
  dtype: Dtype;
  min: number;
  max: number;
  mean: number;
  sha256: string;
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

/** Adds up the stored pixels of frames. */
class PixelSum {
  private readonly hash = createHash('sha256');
  private min = Number.POSITIVE_INFINITY;
  private max = Number.NEGATIVE_INFINITY;
  private sum = 0;
  private count = 0;

  add({ data, inFile }: StoredFrame): void {
    for (let i = 0; i < data.length; i++) {
      const value = data[i] as number;
      if (value < this.min) this.min = value;
      if (value > this.max) this.max = value;
      this.sum += value;
    }
    this.count += data.length;
    const bytes = inFile ?? data;
    this.hash.update(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }

  summary(frames: number, { rows, columns, samples, dtype }: StoredFrame): PixelSummary {
    const { min, max, sum, count } = this;
    const shape = [
      ...(frames > 1 ? [frames] : []),
      rows,
      columns,
      ...(samples > 1 ? [samples] : []),
    ];
    return { frames, shape, dtype, min, max, mean: sum / count, sha256: this.hash.digest('hex') };
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
  const sum = new PixelSum();
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
