import { GraphBuilder } from '../../../runtime/onnx/graph-builder.ts';

/** Edge of the square input in pixels. */
const BASELINE_EDGE = 128;

/** A part of the descriptor. Every part is scaled to the length of its weight. */
export type BaselinePart =
  /** Mean intensity on a grid, its own mean removed: where bright and dark lie. */
  | { kind: 'layout'; grid: number; weight: number }
  /** Oriented gradients after averaging over `scale` pixels, pooled on a grid of cells. */
  | { kind: 'gradients'; scale: number; grid: number; directions: number; weight: number }
  /** Mean strength of Gabor filters of a wavelength, pooled on a grid of cells. */
  | { kind: 'gabor'; wavelength: number; grid: number; directions: number; weight: number }
  /** Soft histogram of intensities, pooled on a grid of cells. */
  | { kind: 'histogram'; bins: number; grid: number; weight: number };

const EPSILON = 1e-6;

class Descriptor {
  private readonly grey: string;
  private readonly parts: string[] = [];
  dimension = 0;

  constructor(private readonly g: GraphBuilder) {
    const pixels = g.input('pixels', 'float', ['batch', 3, BASELINE_EDGE, BASELINE_EDGE]);
    // ITU-R BT.601 luma.
    const luma = g.floats([0.299, 0.587, 0.114], [1, 3, 1, 1]);
    this.grey = g.node('Conv', [pixels, luma]);
  }

  add(part: BaselinePart): void {
    const cells = this.cells(part);
    const flat = this.g.node('Flatten', [cells.name]);
    this.parts.push(this.toLength(flat, part.weight));
    this.dimension += cells.channels * part.grid * part.grid;
  }

  finish(): void {
    this.g.node('Concat', this.parts, { axis: 1 }, { output: 'embedding' });
    this.g.output('embedding', 'float', ['batch', this.dimension]);
  }

  private cells(part: BaselinePart): { name: string; channels: number } {
    const { g } = this;
    switch (part.kind) {
      case 'layout': {
        const grid = this.pool(this.grey, BASELINE_EDGE / part.grid);
        const mean = g.node('ReduceMean', [grid, g.ints([2, 3])]);
        return { name: g.node('Sub', [grid, mean]), channels: 1 };
      }
      case 'gradients': {
        const image = part.scale === 1 ? this.grey : this.pool(this.grey, part.scale);
        const edges = this.filter(image, gradientKernels(part.directions), 3, part.directions);
        // The square sharpens the cosine by which a gradient counts for a direction.
        const positive = g.node('Relu', [edges]);
        const sharp = g.node('Mul', [positive, positive]);
        const cells = g.node('Sqrt', [this.pool(sharp, BASELINE_EDGE / part.scale / part.grid)]);
        return { name: this.normaliseCells(cells), channels: part.directions };
      }
      case 'gabor': {
        const size = 2 * Math.round(part.wavelength) + 1;
        const kernels = gaborKernels(part.wavelength, part.directions, size);
        const even = this.filter(this.grey, kernels.even, size, part.directions);
        const odd = this.filter(this.grey, kernels.odd, size, part.directions);
        const energy = g.node('Add', [g.node('Mul', [even, even]), g.node('Mul', [odd, odd])]);
        const strength = g.node('Sqrt', [g.node('Add', [energy, g.floats([EPSILON], [1])])]);
        const cells = this.pool(strength, BASELINE_EDGE / part.grid);
        return { name: g.node('Sqrt', [cells]), channels: part.directions };
      }
      case 'histogram': {
        // Triangular bins: 1 - |value * (bins - 1) - bin|, cut at 0.
        const scaled = g.node('Mul', [this.grey, g.floats([part.bins - 1], [1])]);
        const centres = g.floats(
          Float32Array.from({ length: part.bins }, (_, i) => i),
          [1, part.bins, 1, 1],
        );
        const distance = g.node('Abs', [g.node('Sub', [scaled, centres])]);
        const share = g.node('Relu', [g.node('Sub', [g.floats([1], [1]), distance])]);
        return {
          name: g.node('Sqrt', [this.pool(share, BASELINE_EDGE / part.grid)]),
          channels: part.bins,
        };
      }
    }
  }

  private filter(image: string, kernels: Float32Array, size: number, count: number): string {
    const weights = this.g.floats(kernels, [count, 1, size, size]);
    const half = size >> 1;
    // Borders repeat their pixels, because zeros would look like an edge around every picture.
    const pads = this.g.ints([0, 0, half, half, 0, 0, half, half]);
    return this.g.node('Conv', [this.g.node('Pad', [image, pads], { mode: 'edge' }), weights]);
  }

  private pool(image: string, size: number): string {
    if (size === 1) return image;
    return this.g.node('AveragePool', [image], {
      kernel_shape: [size, size],
      strides: [size, size],
    });
  }

  /** Divides each cell by the strength of its 3 x 3 neighbourhood: local contrast (Dalal and Triggs). */
  private normaliseCells(cells: string): string {
    const { g } = this;
    const energy = g.node('ReduceSum', [g.node('Mul', [cells, cells]), g.ints([1])]);
    const around = g.node('AveragePool', [energy], {
      kernel_shape: [3, 3],
      pads: [1, 1, 1, 1],
      count_include_pad: 0,
    });
    // A floor of contrast, so that noise in an empty background does not count as structure.
    const floor = g.floats([1e-3], [1]);
    return g.node('Sqrt', [
      g.node('Div', [cells, g.node('Sqrt', [g.node('Add', [around, floor])])]),
    ]);
  }

  private toLength(flat: string, weight: number): string {
    const { g } = this;
    const norm = g.node('ReduceL2', [flat, g.ints([1])]);
    const unit = g.node('Div', [flat, g.node('Add', [norm, g.floats([EPSILON], [1])])]);
    return g.node('Mul', [unit, g.floats([weight], [1])]);
  }
}

/** Sobel derivatives turned to `directions` directions around the full circle. */
function gradientKernels(directions: number): Float32Array {
  const dx = [-1, 0, 1, -2, 0, 2, -1, 0, 1];
  const dy = [-1, -2, -1, 0, 0, 0, 1, 2, 1];
  return Float32Array.from({ length: directions * 9 }, (_, at) => {
    const angle = (2 * Math.PI * Math.floor(at / 9)) / directions;
    const i = at % 9;
    return (Math.cos(angle) * (dx[i] as number) + Math.sin(angle) * (dy[i] as number)) / 4;
  });
}

/** Even and odd Gabor kernels of zero mean in `directions` directions of the half circle. */
function gaborKernels(wavelength: number, directions: number, size: number) {
  const half = size >> 1;
  const sigma = wavelength / 2;
  const even = new Float32Array(directions * size * size);
  const odd = new Float32Array(directions * size * size);
  for (let d = 0; d < directions; d++) {
    const angle = (Math.PI * d) / directions;
    const kernel = { even: [] as number[], odd: [] as number[], envelope: [] as number[] };
    for (let y = -half; y <= half; y++) {
      for (let x = -half; x <= half; x++) {
        const envelope = Math.exp(-(x * x + y * y) / (2 * sigma * sigma));
        const phase = (2 * Math.PI * (x * Math.cos(angle) + y * Math.sin(angle))) / wavelength;
        kernel.envelope.push(envelope);
        kernel.even.push(envelope * Math.cos(phase));
        kernel.odd.push(envelope * Math.sin(phase));
      }
    }
    const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
    const total = sum(kernel.envelope);
    const mean = sum(kernel.even) / total;
    kernel.envelope.forEach((envelope, i) => {
      even[d * size * size + i] = ((kernel.even[i] as number) - mean * envelope) / total;
      odd[d * size * size + i] = (kernel.odd[i] as number) / total;
    });
  }
  return { even, odd };
}

/**
 * Builds a descriptor as an ONNX graph: `pixels` [batch, 3, 128, 128] with values 0 to 1 in,
 * `embedding` [batch, dimension] out.
 */
export function buildDescriptor(parts: readonly BaselinePart[]): {
  model: Uint8Array;
  dimension: number;
} {
  const g = new GraphBuilder('baseline');
  const descriptor = new Descriptor(g);
  for (const part of parts) descriptor.add(part);
  descriptor.finish();
  return { model: g.build(), dimension: descriptor.dimension };
}

/** Compositions that `bench/baseline-variants.ts` compares; the default encoder is `chosen`. */
export const BASELINE_VARIANTS = {
  layout: [{ kind: 'layout', grid: 16, weight: 1 }],
  gradients: [{ kind: 'gradients', scale: 1, grid: 8, directions: 8, weight: 1 }],
  'coarse gradients': [{ kind: 'gradients', scale: 4, grid: 8, directions: 8, weight: 1 }],
  gabor: [{ kind: 'gabor', wavelength: 4, grid: 4, directions: 6, weight: 1 }],
  histogram: [{ kind: 'histogram', bins: 16, grid: 4, weight: 1 }],
  'histogram + gradients': [
    { kind: 'histogram', bins: 16, grid: 4, weight: 1 },
    { kind: 'gradients', scale: 1, grid: 8, directions: 8, weight: 1 },
  ],
  'histogram + gradients + gabor': [
    { kind: 'histogram', bins: 16, grid: 4, weight: 1 },
    { kind: 'gradients', scale: 2, grid: 8, directions: 8, weight: 0.6 },
    { kind: 'gabor', wavelength: 4, grid: 4, directions: 6, weight: 0.8 },
  ],
  chosen: [
    { kind: 'histogram', bins: 16, grid: 4, weight: 1 },
    { kind: 'gradients', scale: 1, grid: 8, directions: 8, weight: 1 },
    { kind: 'layout', grid: 16, weight: 0.5 },
  ],
} as const satisfies Record<string, readonly BaselinePart[]>;

/** The default encoder's graph. */
export function buildBaselineGraph(): Uint8Array {
  return buildDescriptor(BASELINE_VARIANTS.chosen).model;
}
