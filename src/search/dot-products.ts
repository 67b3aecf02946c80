/**
 * Dot products of rows in 64-bit arithmetic, as WebAssembly text: JavaScript has no vector
 * instructions. Rows are 32-bit floats, their length a multiple of 4.
 */
const TEXT = `
(module
  (import "rows" "memory" (memory 1))
  (func (export "dot") (param $a i32) (param $b i32) (param $bytes i32) (result f64)
    (local $end i32) (local $x v128) (local $y v128) (local $low v128) (local $high v128)
    (local.set $end (i32.add (local.get $a) (local.get $bytes)))
    (loop $next_four
      (local.set $x (v128.load (local.get $a)))
      (local.set $y (v128.load (local.get $b)))
      (local.set $low (f64x2.add (local.get $low) (f64x2.mul
        (f64x2.promote_low_f32x4 (local.get $x)) (f64x2.promote_low_f32x4 (local.get $y)))))
      (local.set $x (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15
        (local.get $x) (local.get $x)))
      (local.set $y (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15
        (local.get $y) (local.get $y)))
      (local.set $high (f64x2.add (local.get $high) (f64x2.mul
        (f64x2.promote_low_f32x4 (local.get $x)) (f64x2.promote_low_f32x4 (local.get $y)))))
      (local.set $a (i32.add (local.get $a) (i32.const 16)))
      (local.set $b (i32.add (local.get $b) (i32.const 16)))
      (br_if $next_four (i32.lt_u (local.get $a) (local.get $end))))
    (local.set $low (f64x2.add (local.get $low) (local.get $high)))
    (f64.add (f64x2.extract_lane 0 (local.get $low)) (f64x2.extract_lane 1 (local.get $low)))))
`;

type Dot = (a: number, b: number, bytes: number) => number;

/** Bytes of a page of WebAssembly's memory. */
const PAGE = 2 ** 16;

let compiled: Promise<WebAssembly.Module> | undefined;

async function compile(): Promise<WebAssembly.Module> {
  const { default: wabt } = await import('wabt');
  const text = (await wabt()).parseWat('dot.wat', TEXT, { simd: true });
  const { buffer } = text.toBinary({});
  text.destroy();
  return WebAssembly.compile(Uint8Array.from(buffer));
}

/** Vectors of one length, and their dot products. */
export class DotProducts {
  /** Bytes of a row, which is filled up with zeros. */
  private readonly bytes: number;

  private constructor(
    private readonly memory: WebAssembly.Memory,
    private readonly kernel: Dot,
    private readonly dimension: number,
  ) {
    this.bytes = rowBytes(dimension);
  }

  /** Room for so many vectors, all zeros. */
  static async create(count: number, dimension: number): Promise<DotProducts> {
    compiled ??= compile();
    const initial = Math.max(1, Math.ceil((count * rowBytes(dimension)) / PAGE));
    const memory = new WebAssembly.Memory({ initial });
    const { exports } = await WebAssembly.instantiate(await compiled, { rows: { memory } });
    return new DotProducts(memory, exports.dot as unknown as Dot, dimension);
  }

  /** A vector, to be read and written. */
  row(i: number): Float32Array {
    return new Float32Array(this.memory.buffer, i * this.bytes, this.dimension);
  }

  /** The dot product of two of the vectors. */
  of(a: number, b: number): number {
    return this.kernel(a * this.bytes, b * this.bytes, this.bytes);
  }
}

function rowBytes(dimension: number): number {
  return Math.ceil(dimension / 4) * 16;
}
