import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { SemblanceError, toSemblanceError } from '../domain/errors/error.ts';
import { damaged } from './errors.ts';

/** Bytes read at once where a few are asked for: headers of elements stand close together. */
const WINDOW = 16_384;

/** Without O_NONBLOCK, opening a FIFO waits until somebody writes into it. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** A file's bytes, of which only those that are asked for are in memory. */
export interface ByteSource {
  readonly size: number;
  /**
   * Bytes of the file; not to be written to, and to be used before the next call.
   * @throws SemblanceError DICOM_DAMAGED when the file ends before
   */
  view(offset: number, length: number): Uint8Array;
  /** A number of 16 bits. */
  uint16(offset: number, little: boolean): number;
  /** A number of 32 bits. */
  uint32(offset: number, little: boolean): number;
  close(): void;
}

function checkRange(size: number, offset: number, length: number): void {
  if (offset + length > size) {
    throw damaged(`It ends at byte ${size}, where ${length} bytes from ${offset} on are promised.`);
  }
}

/** Bytes that are in memory already. */
export class MemorySource implements ByteSource {
  private readonly bytes: Uint8Array;
  private readonly numbers: DataView;

  constructor(bytes: Uint8Array) {
    // A part of a Buffer would be a Buffer, whose `slice` is no copy.
    this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.numbers = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get size(): number {
    return this.bytes.length;
  }

  view(offset: number, length: number): Uint8Array {
    checkRange(this.size, offset, length);
    return this.bytes.subarray(offset, offset + length);
  }

  uint16(offset: number, little: boolean): number {
    if (offset + 2 > this.bytes.length) checkRange(this.size, offset, 2);
    return this.numbers.getUint16(offset, little);
  }

  uint32(offset: number, little: boolean): number {
    if (offset + 4 > this.bytes.length) checkRange(this.size, offset, 4);
    return this.numbers.getUint32(offset, little);
  }

  close(): void {}
}

/** A file on disk; reads are synchronous, as they run where decoders hold the thread as well. */
export class FileSource implements ByteSource {
  readonly size: number;
  private readonly file: number;
  private window: Uint8Array = new Uint8Array(0);
  private windowStart = 0;
  private numbers: DataView = new DataView(new ArrayBuffer(0));

  /** @throws SemblanceError PATH_NOT_FOUND, PATH_NOT_READABLE, PATH_NOT_A_FILE */
  constructor(private readonly path: string) {
    try {
      this.file = openSync(path, FLAGS);
    } catch (error) {
      throw toSemblanceError(error, path);
    }
    const stats = fstatSync(this.file);
    if (!stats.isFile()) {
      closeSync(this.file);
      throw new SemblanceError('PATH_NOT_A_FILE', 'It is a folder or a device.', { subject: path });
    }
    this.size = stats.size;
  }

  view(offset: number, length: number): Uint8Array {
    checkRange(this.size, offset, length);
    if (length > WINDOW) return this.read(offset, length);
    const at = this.inWindow(offset, length);
    return this.window.subarray(at, at + length);
  }

  uint16(offset: number, little: boolean): number {
    // The window, and with it `numbers`, may be another one from here on.
    const at = this.inWindow(offset, 2);
    return this.numbers.getUint16(at, little);
  }

  uint32(offset: number, little: boolean): number {
    const at = this.inWindow(offset, 4);
    return this.numbers.getUint32(at, little);
  }

  close(): void {
    closeSync(this.file);
  }

  /** Place of bytes in the window, which is moved where they are not in it. */
  private inWindow(offset: number, length: number): number {
    const at = offset - this.windowStart;
    if (at >= 0 && at + length <= this.window.length) return at;
    checkRange(this.size, offset, length);
    this.window = this.read(offset, Math.min(WINDOW, this.size - offset));
    this.windowStart = offset;
    this.numbers = new DataView(this.window.buffer, 0, this.window.length);
    return 0;
  }

  private read(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    try {
      for (let done = 0; done < length; ) {
        const count = readSync(this.file, bytes, done, length - done, offset + done);
        if (count === 0) throw damaged('It became shorter while it was read.');
        done += count;
      }
    } catch (error) {
      throw toSemblanceError(error, this.path);
    }
    return bytes;
  }
}
