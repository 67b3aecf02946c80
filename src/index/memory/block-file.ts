import { fstatSync, readSync, rmSync, statSync } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { ownPart, removeAbandonedParts } from '../../files/part-name.ts';

/*
 * A file of arrays one after the other, each of rows of one length; then the CRC-32 of every block of each array,
 * a JSON text that says what they are, and 16 bytes: the CRC-32 of those sums and the text, how many sums, the
 * text's length, and the mark below. So any part can be read and checked without the rest.
 */
const MARK = 0x53454d32;
const END_BYTES = 16;
/** Rows that have a sum in common: the least that is read and checked. */
export const BLOCK_ROWS = 64;
/** Bytes read or written at a time: few, because their sums hold the thread. */
const PIECE = 2 ** 22;

type Numbers = Uint8Array | Int32Array | Float32Array | Float64Array;

/** An array to write. */
export interface WrittenArray {
  rowBytes: number;
  /** In this machine's byte order. */
  pieces: Iterable<Numbers> | AsyncIterable<Numbers>;
}

/** Where an array lies in a file, and the sums of its blocks. */
export interface StoredArray {
  at: number;
  rowBytes: number;
  rows: number;
  sums: Uint32Array;
}

/** What was read is not what was written. */
export class DamagedFileError extends Error {
  override name = 'DamagedFileError';
}

const bytesOf = (array: Numbers) =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** Sums of the blocks of what comes in pieces of any length. */
class BlockSums {
  readonly sums: number[] = [];
  private readonly blockBytes: number;
  private sum = 0;
  private filled = 0;
  private bytes = 0;

  constructor(private readonly rowBytes: number) {
    this.blockBytes = rowBytes * BLOCK_ROWS;
  }

  get rows(): number {
    return this.bytes / this.rowBytes;
  }

  add(piece: Uint8Array): void {
    this.bytes += piece.length;
    for (let at = 0; at < piece.length; ) {
      const end = Math.min(piece.length, at + this.blockBytes - this.filled);
      this.sum = crc32(piece.subarray(at, end), this.sum);
      this.filled += end - at;
      at = end;
      if (this.filled === this.blockBytes) this.end();
    }
  }

  /** Ends the block that has begun. */
  end(): void {
    if (this.filled > 0) this.sums.push(this.sum);
    this.sum = 0;
    this.filled = 0;
  }
}

/**
 * Writes a file under a temporary name and gives it its own when all is on disk, so that a reader never
 * sees a part of it, and of several that write at a time the last one's stays. Only the user may read it.
 * @param arrays written in turn
 * @param about called after the last array; anything that JSON can say
 */
export async function writeBlocks(
  path: string,
  arrays: Iterable<WrittenArray>,
  about: () => unknown,
): Promise<void> {
  removeAbandonedParts(path);
  const { part, done } = ownPart(path);
  try {
    const file = await open(part, 'w', 0o600);
    try {
      const sums: number[] = [];
      const shapes: [rowBytes: number, rows: number][] = [];
      for (const { rowBytes, pieces } of arrays) {
        const own = new BlockSums(rowBytes);
        for await (const array of pieces) {
          const bytes = bytesOf(array);
          for (let at = 0; at < bytes.length; at += PIECE) {
            const piece = bytes.subarray(at, at + PIECE);
            own.add(piece);
            await file.writeFile(piece);
          }
        }
        own.end();
        for (const sum of own.sums) sums.push(sum);
        shapes.push([rowBytes, own.rows]);
      }
      const table = bytesOf(Int32Array.from(sums));
      const text = Buffer.from(JSON.stringify({ about: about(), shapes }));
      const sum = crc32(text, crc32(table));
      await file.writeFile(table);
      await file.writeFile(text);
      await file.writeFile(
        new Uint8Array(Uint32Array.of(sum, sums.length, text.length, MARK).buffer),
      );
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  } finally {
    done();
  }
}

/** A file that `writeBlocks` has written, while it is open; another that takes its name changes nothing for it. */
export class BlockFile {
  private constructor(
    private readonly path: string,
    private readonly file: FileHandle,
    /** What the arrays are. */
    readonly about: unknown,
    readonly arrays: readonly StoredArray[],
  ) {}

  /** @returns undefined when there is no such file, or its end is damaged */
  static async open(path: string): Promise<BlockFile | undefined> {
    let file: FileHandle;
    try {
      file = await open(path, 'r');
    } catch {
      return undefined;
    }
    try {
      const { size } = await file.stat();
      const end = new Uint32Array(END_BYTES / 4);
      await readAt(file, bytesOf(end as never), size - END_BYTES);
      const [sum, count, length, mark] = end as unknown as [number, number, number, number];
      const tail = 4 * count + length + END_BYTES;
      if (mark !== MARK || tail > size) throw new DamagedFileError('not such a file');
      const sums = new Uint32Array(count);
      const text = new Uint8Array(length);
      const dataBytes = size - tail;
      const table = new Uint8Array(sums.buffer);
      await readAt(file, table, dataBytes);
      await readAt(file, text, dataBytes + 4 * count);
      if (crc32(text, crc32(table)) !== sum) throw new DamagedFileError('damaged');
      const { about, shapes } = JSON.parse(Buffer.from(text).toString()) as {
        about: unknown;
        shapes: [number, number][];
      };
      let [at, first] = [0, 0];
      const arrays = shapes.map(([rowBytes, rows]): StoredArray => {
        const blocks = Math.ceil(rows / BLOCK_ROWS);
        const array = { at, rowBytes, rows, sums: sums.slice(first, first + blocks) };
        at += rowBytes * rows;
        first += blocks;
        return array;
      });
      if (at !== dataBytes) throw new DamagedFileError('another length');
      return new BlockFile(path, file, about, arrays);
    } catch {
      await file.close();
      return undefined;
    }
  }

  /** Its number in this process, by which other threads can read it too. */
  get fd(): number {
    return this.file.fd;
  }

  /**
   * Fills an array with a stored one.
   * @throws DamagedFileError; Error of the file system
   */
  async whole<T extends Numbers>(stored: StoredArray, array: T): Promise<T> {
    const bytes = bytesOf(array);
    const step = rowsOfPiece(stored);
    for (let start = 0; start < stored.rows; start += step) {
      const stop = Math.min(stored.rows, start + step);
      const { rowBytes } = stored;
      await this.rows(stored, start, bytes.subarray(start * rowBytes, stop * rowBytes));
    }
    return array;
  }

  /**
   * Reads rows.
   * @param start a multiple of BLOCK_ROWS
   * @param into whole blocks, but for the last of the array
   * @throws DamagedFileError; Error of the file system
   */
  async rows(stored: StoredArray, start: number, into: Uint8Array): Promise<void> {
    await readAt(this.file, into, stored.at + start * stored.rowBytes);
    verify(stored, start, into);
  }

  /** Removes the file, unless another has its name by now. */
  remove(): void {
    const there = statSync(this.path, { bigint: true, throwIfNoEntry: false });
    const own = fstatSync(this.file.fd, { bigint: true });
    if (there?.ino === own.ino && there.dev === own.dev) rmSync(this.path, { force: true });
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}

/** Rows, in whole blocks, that are read at a time. */
function rowsOfPiece({ rowBytes }: StoredArray): number {
  return BLOCK_ROWS * Math.max(1, Math.floor(PIECE / (BLOCK_ROWS * rowBytes)));
}

/**
 * Reads rows in this thread, piece by piece.
 * @param fd of the file
 * @param start a multiple of BLOCK_ROWS
 * @param into whole blocks, but for the last of the array
 * @param onRead told the row up to which all were read
 * @throws DamagedFileError; Error of the file system
 */
export function readRowsSync(
  fd: number,
  stored: StoredArray,
  start: number,
  into: Uint8Array,
  onRead: (stop: number) => void = () => undefined,
): void {
  const { rowBytes, at } = stored;
  const step = rowsOfPiece(stored) * rowBytes;
  for (let from = 0; from < into.length; from += step) {
    const piece = into.subarray(from, from + step);
    for (let done = 0; done < piece.length; ) {
      const place = at + start * rowBytes + from + done;
      const bytes = readSync(fd, piece, done, piece.length - done, place);
      if (bytes === 0) throw new DamagedFileError('The file ends too early.');
      done += bytes;
    }
    verify(stored, start + from / rowBytes, piece);
    onRead(start + (from + piece.length) / rowBytes);
  }
}

function verify({ rowBytes, sums }: StoredArray, start: number, bytes: Uint8Array): void {
  let block = start / BLOCK_ROWS;
  const step = BLOCK_ROWS * rowBytes;
  for (let at = 0; at < bytes.length; at += step) {
    if (crc32(bytes.subarray(at, at + step)) !== sums[block++]) {
      throw new DamagedFileError('A part of the file is not as it was written.');
    }
  }
}

async function readAt(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, at + done);
    if (bytesRead === 0) throw new DamagedFileError('The file ends too early.');
    done += bytesRead;
  }
}
