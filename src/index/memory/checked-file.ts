import { rmSync } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { ownPart, removeAbandonedParts } from '../../files/part-name.ts';

/*
 * A file of arrays one after the other, then a JSON text that says what they are, then 16 bytes: the
 * CRC-32 of the arrays, the text's length, its CRC-32, and the mark below.
 */
const MARK = 0x53454d31;
const END_BYTES = 16;
/** Bytes read or written at a time. */
const PIECE = 2 ** 24;

type Numbers = Uint8Array | Int32Array | Float32Array | Float64Array;

function* pieces(array: Numbers): Generator<Uint8Array> {
  for (let at = 0; at < array.byteLength; at += PIECE) {
    const length = Math.min(PIECE, array.byteLength - at);
    yield new Uint8Array(array.buffer, array.byteOffset + at, length);
  }
}

/**
 * Writes a file under a temporary name and gives it its own when all is on disk, so that a reader never
 * sees a part of it, and of several that write at a time the last one's stays. Only the user may read it.
 * @param arrays numbers in this machine's byte order, written in turn
 * @param about called after the last array; anything that JSON can say
 */
export async function writeChecked(
  path: string,
  arrays: AsyncIterable<Numbers>,
  about: () => unknown,
): Promise<void> {
  removeAbandonedParts(path);
  const { part, done } = ownPart(path);
  try {
    const file = await open(part, 'w', 0o600);
    try {
      let sum = 0;
      for await (const array of arrays) {
        for (const piece of pieces(array)) {
          sum = crc32(piece, sum);
          await file.writeFile(piece);
        }
      }
      const text = Buffer.from(JSON.stringify(about()));
      await file.writeFile(text);
      await file.writeFile(
        new Uint8Array(Uint32Array.of(sum, text.length, crc32(text), MARK).buffer),
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

/** Reads what `writeChecked` has written, array by array. */
export class CheckedFile {
  private sum = 0;
  private at = 0;

  private constructor(
    private readonly file: FileHandle,
    private readonly dataBytes: number,
    private readonly dataSum: number,
    /** What the arrays are. */
    readonly about: unknown,
  ) {}

  /** @returns undefined when there is no such file, or its end is damaged */
  static async open(path: string): Promise<CheckedFile | undefined> {
    let file: FileHandle;
    try {
      file = await open(path, 'r');
    } catch {
      return undefined;
    }
    try {
      const { size } = await file.stat();
      const end = new Uint32Array(END_BYTES / 4);
      await read(file, end, size - END_BYTES);
      const [sum, length, textSum, mark] = end as unknown as [number, number, number, number];
      if (mark !== MARK || length > size - END_BYTES) throw new Error('not such a file');
      const text = new Uint8Array(length);
      const dataBytes = size - END_BYTES - length;
      await read(file, text, dataBytes);
      if (crc32(text) !== textSum) throw new Error('damaged');
      return new CheckedFile(file, dataBytes, sum, JSON.parse(Buffer.from(text).toString()));
    } catch {
      await file.close();
      return undefined;
    }
  }

  /**
   * Fills an array with what comes next.
   * @throws Error when the file ends before
   */
  async next<T extends Numbers>(array: T): Promise<T> {
    for (const piece of pieces(array)) {
      await read(this.file, piece, this.at);
      this.sum = crc32(piece, this.sum);
      this.at += piece.length;
    }
    return array;
  }

  /** Whether everything was read and is as it was written; what was read before counts only then. */
  get intact(): boolean {
    return this.at === this.dataBytes && this.sum === this.dataSum;
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}

async function read(file: FileHandle, array: Uint8Array | Uint32Array, at: number): Promise<void> {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  let done = 0;
  while (done < bytes.length) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, at + done);
    if (bytesRead === 0) throw new Error('The file ends too early.');
    done += bytesRead;
  }
}
