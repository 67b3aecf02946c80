import { WASM } from './dot-products.wasm.ts';

type Dot = (a: number, b: number, bytes: number) => number;

/** Bytes of a page of WebAssembly's memory. */
const PAGE = 2 ** 16;

let compiled: Promise<WebAssembly.Module> | undefined;

/** Vectors of one length, and their dot products. */
export class DotProducts {
  /** Bytes of a row, which is filled up with zeros. */
  private readonly bytes: number;
  /**
   * More than the error of a quick product of rows of length 1 at the most. Each product takes part in one rounded
   * addition for every 64 bytes, four at the end, and is rounded itself: n roundings are off by no more than
   * n 2^-24 / (1 - n 2^-24) of the sum of the absolute products, which is 1 (Higham, 2002, section 3.1).
   */
  private readonly margin: number;

  private constructor(
    private readonly memory: WebAssembly.Memory,
    private readonly kernel: Record<'dot' | 'quick', Dot>,
    private readonly dimension: number,
  ) {
    this.bytes = rowBytes(dimension);
    this.margin = (this.bytes / 64 + 8) * 2 ** -23;
  }

  /** Room for so many vectors, all zeros. */
  static async create(count: number, dimension: number): Promise<DotProducts> {
    compiled ??= WebAssembly.compile(Buffer.from(WASM, 'base64'));
    const initial = Math.max(1, Math.ceil((count * rowBytes(dimension)) / PAGE));
    const memory = new WebAssembly.Memory({ initial });
    const { exports } = await WebAssembly.instantiate(await compiled, { rows: { memory } });
    return new DotProducts(memory, exports as Record<'dot' | 'quick', Dot>, dimension);
  }

  /** A vector, to be read and written. */
  row(i: number): Float32Array {
    return new Float32Array(this.memory.buffer, i * this.bytes, this.dimension);
  }

  /** The dot product of two of the vectors. */
  of(a: number, b: number): number {
    return this.kernel.dot(a * this.bytes, b * this.bytes, this.bytes);
  }

  /** No less than the dot product of two of the vectors, when both are of length 1; quicker to find. */
  atMost(a: number, b: number): number {
    return this.kernel.quick(a * this.bytes, b * this.bytes, this.bytes) + this.margin;
  }
}

function rowBytes(dimension: number): number {
  return Math.ceil(dimension / 16) * 64;
}
