import { Thread } from '../../runtime/thread.ts';
import { tellingOf } from '../../runtime/waiting.ts';
import { BLOCK_ROWS, type BlockFile, DamagedFileError, type StoredArray } from './block-file.ts';
import type { RowReaderMethods, RowsToRead } from './row-reader.ts';

/** Blocks that are read one by one at most; for more it is quicker to wait for all. */
const MOST_BLOCKS = 2048;

/**
 * Rows of a matrix on their way from a file. Whoever needs some has them read at once; after the first have been
 * asked for, a thread reads all, in order. A row that is there never changes, so it does no harm when both read one.
 */
export class ArrivingRows {
  /** Whether each block is there: written by the thread too. */
  private readonly there: Uint8Array<SharedArrayBuffer>;
  private readonly reading = new Map<number, Promise<void>>();
  private all: Promise<void> | undefined;
  private thread: Thread<RowReaderMethods> | undefined;
  /** Whether all rows are there. */
  isWhole = false;
  private stopped = false;
  private damage: DamagedFileError | undefined;

  /**
   * @param file is closed with the last row, or by `stop`; removed when a row is damaged
   * @param values memory that threads share, for all rows
   */
  constructor(
    private readonly file: BlockFile,
    private readonly stored: StoredArray,
    private readonly values: Float32Array<SharedArrayBuffer>,
  ) {
    this.there = new Uint8Array(new SharedArrayBuffer(stored.sums.length));
  }

  /**
   * Waits until rows are there.
   * @throws DamagedFileError; Error of the file system
   */
  async need(rows: Iterable<number>): Promise<void> {
    if (this.isWhole) return;
    if (this.damage !== undefined) throw this.damage;
    const missing = new Set<number>();
    for (const row of rows) {
      const block = Math.floor(row / BLOCK_ROWS);
      if (Atomics.load(this.there, block) === 0) missing.add(block);
    }
    if (missing.size > MOST_BLOCKS) return this.whole();
    await Promise.all(Array.from(missing, (block) => this.block(block)));
    // What was asked for first came first; whoever only wanted this has ended before much is read.
    if (this.all === undefined) setImmediate(() => this.begin().catch(() => undefined)).unref();
  }

  /**
   * Waits until all rows are there.
   * @throws DamagedFileError; Error of the file system
   */
  whole(): Promise<void> {
    if (this.isWhole) return this.begin();
    const { there, stored } = this;
    const done = () => BLOCK_ROWS * there.reduce((sum, block) => sum + block, 0);
    const told = tellingOf(this.begin(), 'embeddings of the kept index', stored.rows, done);
    // Whoever does not wait for them any more need not hear why they have not come.
    told.catch(() => undefined);
    return told;
  }

  private begin(): Promise<void> {
    this.all ??= this.readAll();
    return this.all;
  }

  /** Ends the reading; to be called when nobody waits for rows any more. */
  async stop(): Promise<void> {
    if (this.stopped) return;
    this.stopped = true;
    await this.thread?.close();
    await Promise.allSettled([...this.reading.values(), this.all]);
    if (!this.isWhole) await this.file.close();
  }

  private async readAll(): Promise<void> {
    if (this.stopped) throw new Error('The index was released.');
    const { fd } = this.file;
    const { stored, values, there } = this;
    const work: RowsToRead = { fd, stored, values, there };
    const thread = new Thread<RowReaderMethods>(import.meta.url, './row-reader', work);
    this.thread = thread;
    try {
      await thread.call('read', []);
    } catch (error) {
      // A thread tells only what went wrong, not its kind.
      throw this.stopped ? error : this.damaged(new DamagedFileError((error as Error).message));
    } finally {
      await thread.close();
    }
    await Promise.allSettled(this.reading.values());
    this.isWhole = true;
    await this.file.close();
  }

  private block(block: number): Promise<void> {
    const known = this.reading.get(block);
    if (known !== undefined) return known;
    const { stored, values, there } = this;
    const start = block * BLOCK_ROWS;
    const { rowBytes } = stored;
    const bytes = Math.min(BLOCK_ROWS, stored.rows - start) * rowBytes;
    const into = new Uint8Array(values.buffer, values.byteOffset + start * rowBytes, bytes);
    const reading = this.file
      .rows(stored, start, into)
      .then(() => {
        Atomics.store(there, block, 1);
      })
      .catch((error) => {
        throw error instanceof DamagedFileError ? this.damaged(error) : error;
      })
      .finally(() => this.reading.delete(block));
    this.reading.set(block, reading);
    return reading;
  }

  /** What cannot be trusted is not read by the next process either. */
  private damaged(error: DamagedFileError): DamagedFileError {
    this.damage ??= error;
    this.file.remove();
    return this.damage;
  }
}
