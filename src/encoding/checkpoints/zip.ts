import type { RangeFile } from './file.ts';

/** Where an entry's bytes lie. */
export interface ZipEntry {
  offset: number;
  length: number;
}

const END = 0x06054b50;
const END64_LOCATOR = 0x07064b50;
const END64 = 0x06064b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_HEADER = 0x04034b50;
/** The end record is 22 bytes and a comment of at most 65,535. */
const LONGEST_END = 22 + 65_535;
/** A list of a hundred thousand entries is shorter. */
const LONGEST_DIRECTORY = 32 * 1024 * 1024;

/**
 * The entries of a ZIP archive whose members are stored without compression, as torch writes them, so
 * that each can be read by ranges (APPNOTE.TXT, sections 4.3 and 4.5).
 * @throws SemblanceError CHECKPOINT_INVALID
 */
export function readZipDirectory(file: RangeFile): Map<string, ZipEntry> {
  const { offset, length, count } = findDirectory(file);
  if (length > LONGEST_DIRECTORY) throw file.invalid('Its list of entries is absurdly long.');
  const directory = file.read(offset, length);
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== DIRECTORY_ENTRY) {
      throw file.invalid('Its list of entries is damaged.');
    }
    const method = directory.readUInt16LE(at + 10);
    const nameLength = directory.readUInt16LE(at + 28);
    const extraLength = directory.readUInt16LE(at + 30);
    const commentLength = directory.readUInt16LE(at + 32);
    const extraAt = at + 46 + nameLength;
    if (extraAt + extraLength + commentLength > directory.length) {
      throw file.invalid('Its list of entries is damaged.');
    }
    const name = directory.toString('utf8', at + 46, extraAt);
    if (method !== 0) {
      throw file.invalid(
        `It is a compressed archive ("${name}"), which torch.save does not write: unpack it first.`,
      );
    }
    const sizes = {
      size: directory.readUInt32LE(at + 24),
      stored: directory.readUInt32LE(at + 20),
      header: directory.readUInt32LE(at + 42),
    };
    readExtra(directory.subarray(extraAt, extraAt + extraLength), sizes);
    entries.set(name, { offset: dataOffset(file, sizes.header), length: sizes.size });
    at = extraAt + extraLength + commentLength;
  }
  return entries;
}

function findDirectory(file: RangeFile): { offset: number; length: number; count: number } {
  const tailLength = Math.min(file.size, LONGEST_END);
  const tail = file.read(file.size - tailLength, tailLength);
  const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0 || end + 22 > tail.length || tail.readUInt32LE(end) !== END) {
    throw file.invalid('It is an archive without its end: part of it is missing.');
  }
  const locator = end - 20;
  if (locator >= 0 && tail.readUInt32LE(locator) === END64_LOCATOR) {
    const record = file.read(Number(tail.readBigUInt64LE(locator + 8)), 56);
    if (record.readUInt32LE(0) !== END64) throw file.invalid('Its end record is damaged.');
    return {
      count: Number(record.readBigUInt64LE(32)),
      length: Number(record.readBigUInt64LE(40)),
      offset: Number(record.readBigUInt64LE(48)),
    };
  }
  return {
    count: tail.readUInt16LE(end + 10),
    length: tail.readUInt32LE(end + 12),
    offset: tail.readUInt32LE(end + 16),
  };
}

/** Sizes of 64 bits stand in the extra field, in this order, for those that are full. */
function readExtra(extra: Buffer, sizes: { size: number; stored: number; header: number }): void {
  const FULL = 0xffffffff;
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    let value = at + 4;
    for (const key of ['size', 'stored', 'header'] as const) {
      if (sizes[key] === FULL && value + 8 <= extra.length) {
        sizes[key] = Number(extra.readBigUInt64LE(value));
        value += 8;
      }
    }
  }
}

/** The data begins after the local header, whose own extra field may have another length. */
function dataOffset(file: RangeFile, header: number): number {
  const local = file.read(header, 30);
  if (local.readUInt32LE(0) !== LOCAL_HEADER)
    throw file.invalid('An entry does not begin where listed.');
  return header + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
}
