/** Bytes of a page of WebAssembly, and its most pages. */
const PAGE = 2 ** 16;
const MOST_PAGES = 65_536;
/** Bytes that a thread has of its own in a memory of rows, behind the rows; threads beyond so many have none. */
export const PLACE_BYTES = 2 ** 15;
const PLACES = 62;
/** A page for the number of places that are taken, then these. */
const TAIL_PAGES = 1 + (PLACES * PLACE_BYTES) / PAGE;

const memories = new WeakMap<ArrayBufferLike, WebAssembly.Memory>();

/**
 * Memory for numbers that threads share, and that a kernel reads where they are; more than 4 GiB of them, or where
 * there are no addresses left for such memory, the kernel has to copy.
 * @throws RangeError when there is no memory for it
 */
export function sharedFloats(count: number): Float32Array<SharedArrayBuffer> {
  const memory = rowsAndTail(4 * count);
  if (memory === undefined) return new Float32Array(new SharedArrayBuffer(4 * count));
  const buffer = memory.buffer as unknown as SharedArrayBuffer;
  memories.set(buffer, memory);
  return new Float32Array(buffer, 0, count);
}

function rowsAndTail(bytes: number): WebAssembly.Memory | undefined {
  const pages = Math.ceil(bytes / PAGE) + TAIL_PAGES;
  if (pages > MOST_PAGES) return undefined;
  try {
    return sharedMemory(pages);
  } catch {
    return undefined;
  }
}

/** @throws RangeError when there is no memory for so many pages */
function sharedMemory(pages: number): WebAssembly.Memory {
  const descriptor = { initial: pages, maximum: pages, shared: true };
  return new WebAssembly.Memory(descriptor);
}

/** Memory that threads share, of at least so many bytes. */
export const memoryFor = (bytes: number): WebAssembly.Memory =>
  sharedMemory(Math.ceil(bytes / PAGE));

/** The memory that numbers of `sharedFloats` of this thread lie in, from its beginning; undefined for others. */
export function memoryOf({ buffer }: Float32Array): WebAssembly.Memory | undefined {
  return memories.get(buffer);
}

/** Where this thread may write PLACE_BYTES in such a memory, which nobody else does; undefined when all are taken. */
export function takePlace(memory: WebAssembly.Memory): number | undefined {
  const tail = memory.buffer.byteLength - TAIL_PAGES * PAGE;
  const place = Atomics.add(new Int32Array(memory.buffer, tail, 1), 0, 1);
  return place < PLACES ? tail + PAGE + place * PLACE_BYTES : undefined;
}
