import type { Rows } from './row-matrix.ts';
import { memoryFor, memoryOf, PLACE_BYTES, takePlace } from './row-memory.ts';
import { WASM } from './similarities.wasm.ts';

/** Rows whose products are computed at a time: few enough that copies of them stay in the caches. */
const BLOCK = 32;
/** Bytes for products and addresses of a block. */
const BLOCK_BYTES = 12 * BLOCK;

const module = await WebAssembly.compile(Buffer.from(WASM, 'base64'));

/** Where the kernel works. */
interface Place {
  products(query: number, list: number, count: number, dimension: number, out: number): void;
  memory: WebAssembly.Memory;
  /** The first byte of those for a block, the query, and copies of rows. */
  at: number;
  found: Float64Array;
  addresses: Uint32Array;
}

function placeIn(memory: WebAssembly.Memory, at: number): Place {
  const { exports } = new WebAssembly.Instance(module, { rows: { memory } });
  const { products } = exports as unknown as Place;
  const found = new Float64Array(memory.buffer, at, BLOCK);
  const addresses = new Uint32Array(memory.buffer, at + 8 * BLOCK, BLOCK);
  return { products, memory, at, found, addresses };
}

/** Places in memories of rows; null where there is none left. */
const places = new WeakMap<WebAssembly.Memory, Place | null>();

/** A place of this thread in the memory where the rows lie, where it has one. */
function placeBeside({ values, dimension, memory = memoryOf(values) }: Rows): Place | null {
  if (memory === undefined || BLOCK_BYTES + 8 * dimension > PLACE_BYTES) return null;
  let place = places.get(memory);
  if (place === undefined) {
    const at = takePlace(memory);
    place = at === undefined ? null : placeIn(memory, at);
    places.set(memory, place);
  }
  return place;
}

let own: Place | undefined;

/** A place in a memory of its own, with room for copies of a block's rows. */
function placeForCopies(dimension: number): Place {
  const bytes = BLOCK_BYTES + (8 + 4 * BLOCK) * dimension;
  if (own === undefined || own.memory.buffer.byteLength < bytes) {
    own = placeIn(memoryFor(bytes), 0);
  }
  return own;
}

/**
 * The exact cosine similarities of a unit query and rows: products summed in double precision, in four
 * interleaved sums. All similarities are made by this one order of addition, so that equal vectors have
 * equal similarities.
 * @param rows whose first `count` are computed
 * @param scores where they are written
 */
export function similarities(
  matrix: Rows,
  query: Float64Array,
  rows: Int32Array,
  count: number,
  scores: Float64Array,
): void {
  const { values, dimension, inverses } = matrix;
  const beside = placeBeside(matrix);
  const { at, memory, products, found, addresses } = beside ?? placeForCopies(dimension);
  const queryAt = at + BLOCK_BYTES;
  const copiesAt = queryAt + 8 * dimension;
  new Float64Array(memory.buffer, queryAt, dimension).set(query);
  const copies = beside ? undefined : new Float32Array(memory.buffer, copiesAt, BLOCK * dimension);
  for (let start = 0; start < count; start += BLOCK) {
    const some = Math.min(BLOCK, count - start);
    for (let i = 0; i < BLOCK; i++) {
      const first = (rows[start + Math.min(i, some - 1)] as number) * dimension;
      if (copies === undefined) addresses[i] = values.byteOffset + 4 * first;
      else {
        addresses[i] = copiesAt + 4 * i * dimension;
        if (i < some) copies.set(values.subarray(first, first + dimension), i * dimension);
      }
    }
    products(queryAt, at + 8 * BLOCK, (some + 3) & -4, dimension, at);
    for (let i = 0; i < some; i++) {
      const product = (found[i] as number) * (inverses[rows[start + i] as number] as number);
      scores[start + i] = Math.min(1, Math.max(-1, product));
    }
  }
}
