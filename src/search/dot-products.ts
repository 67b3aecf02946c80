/**
 * Dot products of rows as WebAssembly text: JavaScript has no vector instructions. `dot` is in 64-bit
 * arithmetic, `quick` in 32-bit arithmetic with four independent sums. Rows are 32-bit floats, their length a
 * multiple of 16.
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
    (f64.add (f64x2.extract_lane 0 (local.get $low)) (f64x2.extract_lane 1 (local.get $low))))
  (func (export "quick") (param $a i32) (param $b i32) (param $bytes i32) (result f64)
    (local $end i32) (local $s v128) (local $t v128) (local $u v128) (local $v v128)
    (local.set $end (i32.add (local.get $a) (local.get $bytes)))
    (loop $next_sixteen
      ${quickSum('s', 0)}
      ${quickSum('t', 16)}
      ${quickSum('u', 32)}
      ${quickSum('v', 48)}
      (local.set $a (i32.add (local.get $a) (i32.const 64)))
      (local.set $b (i32.add (local.get $b) (i32.const 64)))
      (br_if $next_sixteen (i32.lt_u (local.get $a) (local.get $end))))
    (local.set $s (f32x4.add
      (f32x4.add (local.get $s) (local.get $t)) (f32x4.add (local.get $u) (local.get $v))))
    (f64.promote_f32 (f32.add
      (f32.add (f32x4.extract_lane 0 (local.get $s)) (f32x4.extract_lane 1 (local.get $s)))
      (f32.add (f32x4.extract_lane 2 (local.get $s)) (f32x4.extract_lane 3 (local.get $s)))))))
`;

function quickSum(sum: string, offset: number): string {
  const [a, b] = ['a', 'b'].map((row) => `(v128.load offset=${offset} (local.get $${row}))`);
  return `(local.set $${sum} (f32x4.add (local.get $${sum}) (f32x4.mul ${a} ${b})))`;
}

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
    compiled ??= compile();
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
