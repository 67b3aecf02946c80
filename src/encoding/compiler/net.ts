import type { Precision } from '../../domain/encoders.ts';
import { SemblanceError } from '../../domain/errors/error.ts';
import type { GraphBuilder } from '../../runtime/onnx/graph-builder.ts';
import type { TensorSource } from '../checkpoints/tensor-source.ts';
import { quantise } from './quantise.ts';

/** Activations of the supported models. */
export type Activation = 'gelu' | 'gelu_pytorch_tanh' | 'quick_gelu' | 'relu' | 'silu';

/** Two-dimensional size in tokens or pixels. */
export interface Grid {
  width: number;
  height: number;
}

/** Domain of onnxruntime's fused operators. */
export const FUSED = { domain: 'com.microsoft' } as const;

/** The byte of zero in rounded activations. */
const ZERO = Uint8Array.of(128);

/**
 * Layers of neural networks in terms of ONNX nodes, with weights taken from a checkpoint by name.
 * A tensor that is absent or of another shape is noted, and `finish` reports all of them at once.
 */
export class Net {
  private readonly problems: string[] = [];
  /** Tensors with values that are no numbers. */
  private readonly broken: string[] = [];
  /** Scale and bias of norms, so that a norm which is applied twice is stored once. */
  private readonly norms = new Map<string, [scale: string, bias: string]>();
  /** Values whose rows were rounded, which several layers may take. */
  private readonly rounded = new Map<string, { rounded: string; reach: string }>();

  constructor(
    readonly g: GraphBuilder,
    private readonly source: TensorSource,
    private readonly precision: Precision = 'fp32',
  ) {}

  /** Whether the checkpoint has a tensor. */
  has(name: string): boolean {
    return this.source.info(name) !== undefined;
  }

  /** Names of all tensors, in the builder's spelling. */
  names(): readonly string[] {
    return this.source.names();
  }

  /** Shape of a tensor that may be absent. */
  shapeOf(name: string): readonly number[] | undefined {
    return this.source.info(name)?.shape;
  }

  /** Shape of a tensor; zeros of the wanted rank, and a note, when it is absent. */
  shape(name: string, rank: number): readonly number[] {
    const shape = this.source.info(name)?.shape;
    if (shape?.length === rank) return shape;
    this.problems.push(shape ? `${name} (${shape.join(' x ')}, ${rank} axes needed)` : name);
    return new Array<number>(rank).fill(0);
  }

  /** A tensor's values, after a check of its shape; zeros, and a note, when it does not fit. */
  values(name: string, shape: readonly number[]): Float32Array {
    const found = this.source.info(name)?.shape;
    const size = shape.reduce((product, n) => product * n, 1);
    if (found?.length === shape.length && found.every((n, i) => n === shape[i])) {
      const values = this.source.floats(name);
      const bad = values.reduce((count, value) => (Number.isFinite(value) ? count : count + 1), 0);
      if (bad > 0) this.broken.push(`${name} (${bad} of ${values.length})`);
      return values;
    }
    this.problems.push(
      found ? `${name} (${found.join(' x ')} instead of ${shape.join(' x ')})` : name,
    );
    return new Float32Array(size);
  }

  /** A tensor as it is. */
  tensor(name: string, shape: readonly number[]): string {
    return this.g.floats(this.values(name, shape), shape);
  }

  /**
   * x W^T + b over the last axis, as torch.nn.Linear. A missing bias is no problem: some models
   * have none.
   */
  linear(x: string, prefix: string): string {
    const [out, inside] = this.shape(`${prefix}.weight`, 2) as [number, number];
    const weight = this.values(`${prefix}.weight`, [out, inside]);
    const bias = this.has(`${prefix}.bias`) ? this.values(`${prefix}.bias`, [out]) : undefined;
    return this.linearOf(x, weight, out, inside, bias);
  }

  /**
   * x W^T + b with given values.
   * @param weight out x inside values, row-major
   */
  linearOf(
    x: string,
    weight: Float32Array,
    out: number,
    inside: number,
    bias: Float32Array | undefined,
  ): string {
    const product =
      this.precision === 'int8'
        ? this.byBytes(x, weight, out, inside)
        : this.g.node('MatMul', [x, this.g.floats(transpose(weight, out, inside), [inside, out])]);
    return bias === undefined ? product : this.g.node('Add', [product, this.g.floats(bias, [out])]);
  }

  /** x W^T in 8 bits. */
  private byBytes(x: string, weight: Float32Array, out: number, inside: number): string {
    const { bytes, scales } = quantise(weight, out, inside);
    const { rounded, reach } = this.roundedRows(x);
    const product = this.g.node(
      'MatMulIntegerToFloat',
      [
        rounded,
        this.g.int8s(bytes, [inside, out]),
        this.g.floats([1 / 127], []),
        this.g.floats(scales, [out]),
        this.g.bytes(ZERO, []),
      ],
      {},
      FUSED,
    );
    return this.g.node('Mul', [product, reach]);
  }

  /**
   * The rows of x in 8 bits: x = (rounded - 128) / 127 * reach. Each row, which is one token of one picture,
   * has its own reach, so that pictures of a batch do not share their range.
   */
  private roundedRows(x: string): { rounded: string; reach: string } {
    let known = this.rounded.get(x);
    if (known === undefined) {
      const largest = this.g.node('ReduceMax', [this.g.node('Abs', [x]), this.g.ints([-1])], {
        keepdims: 1,
      });
      // A row of zeros has no reach to divide by.
      const reach = this.g.node('Max', [largest, this.g.floats([1e-30], [])]);
      const scaled = this.g.node('Mul', [x, this.g.node('Div', [this.g.floats([127], []), reach])]);
      const rounded = this.g.node('QuantizeLinear', [
        scaled,
        this.g.floats([1], []),
        this.g.bytes(ZERO, []),
      ]);
      known = { rounded, reach };
      this.rounded.set(x, known);
    }
    return known;
  }

  /** x P for a projection stored as inside x out. */
  project(x: string, name: string): string {
    const shape = this.shape(name, 2);
    return this.g.node('MatMul', [x, this.tensor(name, shape)]);
  }

  /** torch.nn.LayerNorm over the last axis. */
  layerNorm(x: string, prefix: string, epsilon: number): string {
    let weights = this.norms.get(prefix);
    if (weights === undefined) {
      const shape = this.shape(`${prefix}.weight`, 1);
      weights = [this.tensor(`${prefix}.weight`, shape), this.tensor(`${prefix}.bias`, shape)];
      this.norms.set(prefix, weights);
    }
    return this.g.node('LayerNormalization', [x, ...weights], {
      axis: -1,
      epsilon: { float: epsilon },
    });
  }

  /** torch.nn.Conv2d with a bias if the checkpoint has one. */
  conv(x: string, prefix: string, attributes: Record<string, readonly number[]>): string {
    const shape = this.shape(`${prefix}.weight`, 4);
    const inputs = [x, this.tensor(`${prefix}.weight`, shape)];
    if (this.has(`${prefix}.bias`)) {
      inputs.push(this.tensor(`${prefix}.bias`, [shape[0] as number]));
    }
    return this.g.node('Conv', inputs, attributes);
  }

  activation(x: string, kind: Activation): string {
    switch (kind) {
      case 'gelu':
        return this.g.node('Gelu', [x]);
      case 'gelu_pytorch_tanh':
        return this.g.node('Gelu', [x], { approximate: 'tanh' });
      case 'quick_gelu':
        return this.g.node('QuickGelu', [x], { alpha: { float: 1.702 } }, FUSED);
      case 'relu':
        return this.g.node('Relu', [x]);
      case 'silu':
        return this.g.node('QuickGelu', [x], { alpha: { float: 1 } }, FUSED);
    }
  }

  /**
   * Cuts pictures into patches: a convolution of the patch's size, then tokens in rows.
   * @param pixels [batch, 3, height, width]
   * @returns [batch, grid.height * grid.width, width of the model]
   */
  patches(
    pixels: string,
    prefix: string,
    image: Grid,
  ): { tokens: string; grid: Grid; width: number } {
    const [width, , patchHeight, patchWidth] = this.shape(`${prefix}.weight`, 4) as [
      number,
      number,
      number,
      number,
    ];
    const map = this.conv(pixels, prefix, { strides: [patchHeight, patchWidth] });
    const flat = this.g.node('Reshape', [map, this.g.ints([0, width, -1])]);
    const grid = {
      width: Math.floor(image.width / patchWidth),
      height: Math.floor(image.height / patchHeight),
    };
    return { tokens: this.g.node('Transpose', [flat], { perm: [0, 2, 1] }), grid, width };
  }

  /** Puts the same leading token before the tokens of every picture. */
  prependToken(tokens: string, token: Float32Array): string {
    const { g } = this;
    const width = token.length;
    const batch = g.node('Shape', [tokens], { start: 0, end: 1 });
    const shape = g.node('Concat', [batch, g.ints([1, width])], { axis: 0 });
    const repeated = g.node('Expand', [g.floats(token, [1, 1, width]), shape]);
    return g.node('Concat', [repeated, tokens], { axis: 1 });
  }

  /** The token at a place of every sequence: [batch, tokens, width] to [batch, width]. */
  tokenAt(tokens: string, index: number): string {
    // A scalar index takes the axis away.
    return this.g.node('Gather', [tokens, this.g.ints([index], [])], { axis: 1 });
  }

  /**
   * Ends the graph.
   * @throws SemblanceError CHECKPOINT_INCOMPLETE that lists every tensor that is absent or does not fit,
   *   CHECKPOINT_INVALID those with values that are no numbers
   */
  finish(): void {
    if (this.problems.length > 0) {
      const list = [...new Set(this.problems)];
      throw new SemblanceError(
        'CHECKPOINT_INCOMPLETE',
        `${list.length} missing or of another shape: ${list.join(', ')}.`,
        { subject: this.source.path },
      );
    }
    if (this.broken.length > 0) {
      throw new SemblanceError(
        'CHECKPOINT_INVALID',
        `It has weights that are NaN or infinite: ${this.broken.join(', ')}.`,
        { subject: this.source.path },
      );
    }
  }
}

/** Rows become columns: [rows, columns] to [columns, rows]. */
function transpose(values: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) result[c * rows + r] = values[r * columns + c] as number;
  }
  return result;
}
