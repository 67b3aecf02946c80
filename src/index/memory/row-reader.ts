import { workerData } from 'node:worker_threads';
import { answerCalls } from '../../runtime/thread.ts';
import { BLOCK_ROWS, readRowsSync, type StoredArray } from './block-file.ts';

/** What the thread of `ArrivingRows` reads, into memory that it shares. */
export interface RowsToRead {
  /** Of the file, which stays open meanwhile. */
  fd: number;
  stored: StoredArray;
  values: Float32Array<SharedArrayBuffer>;
  /** 1 for each block that is there. */
  there: Uint8Array<SharedArrayBuffer>;
}

/** What the thread answers. */
export interface RowReaderMethods {
  /** Reads all rows. @throws Error when one is damaged */
  read(): void;
}

const { fd, stored, values, there } = workerData as RowsToRead;

answerCalls<RowReaderMethods>(
  Promise.resolve({
    read() {
      let block = 0;
      readRowsSync(
        fd,
        stored,
        0,
        new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
        (stop) => {
          for (; block * BLOCK_ROWS < stop; block++) Atomics.store(there, block, 1);
        },
      );
    },
  }),
);
