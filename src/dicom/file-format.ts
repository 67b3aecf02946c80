import { constants, inflateRawSync } from 'node:zlib';
import { SemblanceError } from '../domain/errors/error.ts';
import { type ByteSource, MemorySource } from './byte-source.ts';
import { DataSet } from './data-set.ts';
import { dataView, ElementReader, isVr } from './elements.ts';
import { damaged } from './errors.ts';
import { inflateWhole } from './inflate.ts';
import { knownVr } from './tags.ts';
import {
  BIG,
  EXPLICIT,
  IMPLICIT,
  type TransferSyntax,
  transferSyntax,
  type ValueEncoding,
} from './transfer-syntax.ts';

const PREAMBLE = 128;
const PREFIX = 0x4449434d;
/** Bytes of a deflated data set at the most, and at the least before its ratio counts. */
const MAX_INFLATED = 512 * 2 ** 20;
const ANY_RATIO = 64 * 2 ** 20;
/** More bytes than this of each one are taken for a bomb: a picture that is not blank deflates to more than a hundredth. */
const MAX_RATIO = 100;

/** The parts of a file (PS3.10). */
export interface FileParts {
  /** File meta information; absent from files of before 1993, and from data sets alone. */
  meta: DataSet | undefined;
  attributes: DataSet;
  transferSyntax: TransferSyntax;
  /** Of the data set: inflated, where it is deflated. */
  bytes: ByteSource;
  /** Where the data set begins in them. */
  start: number;
}

/**
 * Whether a file may be DICOM: by its prefix, or since its first elements are plausible.
 * @testing
 */
export function looksLikeDicom(bytes: ByteSource): boolean {
  return startOf(bytes) !== undefined;
}

/**
 * Reads a file's attributes: with or without preamble and file meta information, in any encoding,
 * also where it is another than the transfer syntax says.
 * @throws SemblanceError IMAGE_EMPTY, DICOM_NOT_RECOGNISED, DICOM_DAMAGED
 */
export function readParts(bytes: ByteSource): FileParts {
  if (bytes.size === 0) throw new SemblanceError('IMAGE_EMPTY', 'The file has 0 bytes.');
  const start = startOf(bytes);
  if (start === undefined) {
    throw new SemblanceError('DICOM_NOT_RECOGNISED', 'It is no DICOM file.');
  }
  const meta = metaAt(bytes, start);
  const from = meta?.end ?? start;
  if (from >= bytes.size) throw damaged('It ends before its attributes.');
  const uid = meta?.text('TransferSyntaxUID');
  const said = uid === undefined ? undefined : transferSyntax(uid);
  if (said?.deflated && !isPlausible(bytes, from, EXPLICIT)) {
    return withData(inflated(bytes, from), 0, meta, said);
  }
  return withData(bytes, from, meta, said);
}

/**
 * The attributes of a data set that stands alone, as in an answer to a query.
 * @param uid its transfer syntax
 * @throws SemblanceError DICOM_DAMAGED
 */
export function readDataSet(bytes: Uint8Array, uid: string): DataSet {
  const source = new MemorySource(bytes);
  const place = { start: 0, end: source.size, encoding: transferSyntax(uid), depth: 0 };
  return new DataSet(new ElementReader(source), place);
}

/** What a file says of its object before anything else. */
export interface Beginning {
  transferSyntax: string | undefined;
  sopClass: string | undefined;
  instance: string | undefined;
  /** Where the data set begins. */
  start: number;
}

/**
 * What the file meta information says, of a file that has some; its data set need not be there.
 * @throws SemblanceError DICOM_NOT_RECOGNISED, DICOM_DAMAGED
 */
export function readMeta(bytes: ByteSource): Beginning {
  const start = bytes.size > PREAMBLE + 4 ? startOf(bytes) : undefined;
  const meta = start === undefined ? undefined : metaAt(bytes, start);
  if (meta === undefined) {
    throw new SemblanceError('DICOM_NOT_RECOGNISED', 'It has no file meta information.');
  }
  return {
    transferSyntax: meta.text('TransferSyntaxUID'),
    sopClass: meta.text('MediaStorageSOPClassUID'),
    instance: meta.text('MediaStorageSOPInstanceUID'),
    start: meta.end,
  };
}

/** Bytes of a deflated data set that its first attributes are read of. */
const FIRST_DEFLATED = 2 ** 16;

/**
 * The attributes of a file up to a tag. Nothing behind it is looked at, and of a deflated data set only its beginning
 * is inflated, so that this costs little whatever the file is.
 * @throws SemblanceError DICOM_NOT_RECOGNISED, DICOM_DAMAGED
 */
export function readFirst(bytes: ByteSource, last: number): DataSet {
  const { transferSyntax: uid = '', start } = readMeta(bytes);
  const said = transferSyntax(uid);
  const isDeflated = said.deflated && !isPlausible(bytes, start, EXPLICIT);
  const [from, at] = isDeflated ? [inflatedFirst(bytes, start), 0] : [bytes, start];
  const place = { start: at, end: from.size, encoding: encodingAt(from, at, said), depth: 0 };
  return new DataSet(new ElementReader(from), place, (tag) => tag <= last);
}

function inflatedFirst(bytes: ByteSource, from: number): ByteSource {
  const deflated = bytes.view(from, Math.min(FIRST_DEFLATED, bytes.size - from));
  try {
    return new MemorySource(inflateRawSync(deflated, { finishFlush: constants.Z_SYNC_FLUSH }));
  } catch (cause) {
    throw damaged('Its deflated data are damaged.', cause);
  }
}

/** The data set behind the file meta information. */
function withData(
  bytes: ByteSource,
  start: number,
  meta: DataSet | undefined,
  said: TransferSyntax | undefined,
): FileParts {
  const encoding = encodingAt(bytes, start, said);
  const syntax = said ?? [EXPLICIT, IMPLICIT, BIG].find((each) => isSame(each, encoding));
  const place = { start, end: bytes.size, encoding, depth: 0 };
  const attributes = new DataSet(new ElementReader(bytes), place);
  return {
    meta,
    attributes,
    transferSyntax: { ...(syntax as TransferSyntax), ...encoding },
    bytes,
    start,
  };
}

function isSame(a: ValueEncoding, b: ValueEncoding): boolean {
  return a.explicit === b.explicit && a.little === b.little;
}

/** Where elements begin. */
function startOf(bytes: ByteSource): number | undefined {
  for (const at of [PREAMBLE, 0]) {
    if (bytes.size >= at + 4 && dataView(bytes.view(at, 4)).getUint32(0) === PREFIX) return at + 4;
  }
  const isData = ENCODINGS.some((encoding) => isPlausible(bytes, 0, encoding));
  return isData ? 0 : undefined;
}

const ENCODINGS: readonly ValueEncoding[] = [EXPLICIT, IMPLICIT, BIG].map(
  ({ explicit, little }) => ({ explicit, little }),
);

/** The file meta information, which is explicit and little endian in every file. */
function metaAt(bytes: ByteSource, start: number): DataSet | undefined {
  if (bytes.size < start + 8) return undefined;
  const head = dataView(bytes.view(start, 8));
  if (head.getUint16(0, true) !== 2) return undefined;
  const explicit = isVr(String.fromCharCode(head.getUint8(4), head.getUint8(5)));
  const place = { start, end: bytes.size, encoding: { explicit, little: true }, depth: 0 };
  return new DataSet(new ElementReader(bytes), place, (tag) => tag >>> 16 === 2);
}

/** How the elements at a place are coded: as the transfer syntax says, unless another reads better. */
function encodingAt(
  bytes: ByteSource,
  start: number,
  said: TransferSyntax | undefined,
): ValueEncoding {
  const first = said && { explicit: said.explicit, little: said.little };
  const order = first === undefined ? ENCODINGS : [first, ...ENCODINGS];
  return order.find((each) => isPlausible(bytes, start, each)) ?? first ?? EXPLICIT;
}

/** Elements that have to be plausible. */
const LOOK = 3;

/** Whether what stands at a place reads as elements in ascending order with lengths that fit. */
function isPlausible(
  bytes: ByteSource,
  start: number,
  { explicit, little }: ValueEncoding,
): boolean {
  let last = -1;
  let at = start;
  for (let i = 0; i < LOOK; i++) {
    if (at === bytes.size && i > 0) return true;
    if (at + 8 > bytes.size) return false;
    const head = dataView(bytes.view(at, Math.min(12, bytes.size - at)));
    const group = head.getUint16(0, little);
    const tag = group * 0x10000 + head.getUint16(2, little);
    // A data set begins with group 8, in rare cases with a private one or one of commands.
    if (tag <= last || (i === 0 && group > 0x10)) return false;
    const vr = String.fromCharCode(head.getUint8(4), head.getUint8(5));
    if (explicit !== isVr(vr)) return false;
    const isLong = explicit && /^(O[BDFLVW]|S[QV]|U[CNRTV])$/.test(vr);
    if (isLong && head.byteLength < 12) return false;
    const length = isLong
      ? head.getUint32(8, little)
      : explicit
        ? head.getUint16(6, little)
        : head.getUint32(4, little);
    if (length === 0xffffffff) return i > 0 || knownVr(tag) === 'SQ';
    at += (isLong ? 12 : 8) + length;
    if (at > bytes.size) return false;
    last = tag;
  }
  return true;
}

function inflated(bytes: ByteSource, from: number): ByteSource {
  const deflated = bytes.view(from, bytes.size - from);
  const most = Math.min(MAX_INFLATED, Math.max(ANY_RATIO, deflated.length * MAX_RATIO));
  try {
    return new MemorySource(inflateWhole(deflated, most));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new SemblanceError(
        'IMAGE_TOO_LARGE',
        `Its ${deflated.length} bytes inflate to more than ${Math.floor(most / 2 ** 20)} MB.`,
        { cause },
      );
    }
    if (cause instanceof SemblanceError) throw cause;
    throw damaged('Its deflated data are damaged or end early.', cause);
  }
}
