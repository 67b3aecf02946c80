import { randomFrom } from '../../../domain/random.ts';
import { memoryFor } from '../row-memory.ts';
import { WASM } from './rotation.wasm.ts';

const SEED = 2;

const module = await WebAssembly.compile(Buffer.from(WASM, 'base64'));

/**
 * A fixed orthogonal transform: random signs, then a Walsh-Hadamard transform of every part whose size
 * is a power of two (512 and 256 for 768). It spreads a component that stands out over its part, so
 * that one scale for all codes of a row loses little; lengths and products stay as they are.
 */
export class Rotation {
  private readonly vector: Float64Array;
  private readonly transform: (signs: number, at: number, size: number, scale: number) => void;

  constructor(dimension: number) {
    const memory = memoryFor(16 * dimension);
    const { exports } = new WebAssembly.Instance(module, { rows: { memory } });
    this.transform = exports.transform as Rotation['transform'];
    this.vector = new Float64Array(memory.buffer, 0, dimension);
    const random = randomFrom(SEED);
    const signs = new Float64Array(memory.buffer, 8 * dimension, dimension);
    for (let i = 0; i < dimension; i++) signs[i] = random() < 0.5 ? -1 : 1;
  }

  /** Rotates `dimension` numbers in place. */
  apply(vector: Float64Array): void {
    const { length } = this.vector;
    this.vector.set(vector);
    for (let start = 0; start < length; ) {
      const size = 2 ** Math.floor(Math.log2(length - start));
      this.transform(8 * (length + start), 8 * start, size, 1 / Math.sqrt(size));
      start += size;
    }
    vector.set(this.vector);
  }
}
