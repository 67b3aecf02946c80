import type { Random } from '../../domain/random.ts';

/** An ellipse in units of the picture's width and height (0 to 1). */
export interface Ellipse {
  x: number;
  y: number;
  rx: number;
  ry: number;
  /** Turn in units of a quarter circle's rational sine and cosine: [cos, sin]. */
  turn?: readonly [number, number];
}

/** Intensities of 0 to 1 on a grid, with a few shapes to draw. */
export class Canvas {
  readonly data: Float64Array;

  constructor(
    readonly width: number,
    readonly height: number,
    background = 0,
  ) {
    this.data = new Float64Array(width * height).fill(background);
  }

  /**
   * Applies a function to every pixel, or those near an ellipse: its value and its place in units
   * of the picture.
   */
  map(paint: (value: number, x: number, y: number) => number, near?: Ellipse, margin = 0): void {
    const reach = near === undefined ? 1 : Math.max(near.rx, near.ry) * (1 + margin);
    const span = (centre: number, size: number) => [
      Math.max(0, Math.floor((centre - reach) * size)),
      Math.min(size, Math.ceil((centre + reach) * size)),
    ];
    const [top, bottom] = span(near?.y ?? 0.5, this.height) as [number, number];
    const [left, right] = span(near?.x ?? 0.5, this.width) as [number, number];
    for (let row = top; row < bottom; row++) {
      for (let column = left; column < right; column++) {
        const at = row * this.width + column;
        const x = (column + 0.5) / this.width;
        const y = (row + 0.5) / this.height;
        this.data[at] = paint(this.data[at] as number, x, y);
      }
    }
  }

  /** Blends a value into an ellipse, with an edge that is `softness` of its radius wide. */
  fill(ellipse: Ellipse, value: number, softness = 0.1): void {
    this.map(
      (old, x, y) => old + (value - old) * coverage(ellipse, x, y, softness),
      ellipse,
      softness,
    );
  }

  /** Adds to what lies under an ellipse, as one more layer that X-rays pass. */
  add(ellipse: Ellipse, value: number, softness = 0.3): void {
    this.map((old, x, y) => old + value * coverage(ellipse, x, y, softness), ellipse, softness);
  }

  /** Blends a value into the rim of an ellipse; `thickness` in units of its radius. */
  ring(ellipse: Ellipse, thickness: number, value: number, softness = 0.05): void {
    const inner = {
      ...ellipse,
      rx: ellipse.rx * (1 - thickness),
      ry: ellipse.ry * (1 - thickness),
    };
    this.map(
      (old, x, y) => {
        const share = coverage(ellipse, x, y, softness) - coverage(inner, x, y, softness);
        return old + (value - old) * Math.max(0, share);
      },
      ellipse,
      softness,
    );
  }

  /** Adds noise of a strength: the mean of four uniform numbers, near enough to normal. */
  noise(random: Random, strength: number): void {
    for (let i = 0; i < this.data.length; i++) {
      const sum = random() + random() + random() + random() - 2;
      this.data[i] = (this.data[i] as number) + sum * strength;
    }
  }

  /** Smooth, blotchy texture: random values on a coarse grid, interpolated. */
  texture(random: Random, cells: number, strength: number, inside?: Ellipse): void {
    const grid = Float64Array.from({ length: (cells + 1) ** 2 }, () => random() - 0.5);
    const at = (x: number, y: number) => grid[y * (cells + 1) + x] as number;
    this.map((old, x, y) => {
      const gx = Math.min(cells - 1, Math.floor(x * cells));
      const gy = Math.min(cells - 1, Math.floor(y * cells));
      const fx = x * cells - gx;
      const fy = y * cells - gy;
      const top = at(gx, gy) * (1 - fx) + at(gx + 1, gy) * fx;
      const bottom = at(gx, gy + 1) * (1 - fx) + at(gx + 1, gy + 1) * fx;
      const share = inside === undefined ? 1 : coverage(inside, x, y, 0.1);
      return old + (top * (1 - fy) + bottom * fy) * strength * share;
    });
  }

  /** The picture as whole numbers of 0 to `most`, cut at both ends. */
  quantise(most: number): Uint16Array {
    return Uint16Array.from(this.data, (value) =>
      Math.round(Math.min(1, Math.max(0, value)) * most),
    );
  }
}

/** 1 inside an ellipse, 0 outside, a linear ramp between. */
export function coverage(ellipse: Ellipse, x: number, y: number, softness: number): number {
  const [cos, sin] = ellipse.turn ?? [1, 0];
  const dx = x - ellipse.x;
  const dy = y - ellipse.y;
  const u = (dx * cos + dy * sin) / ellipse.rx;
  const v = (dy * cos - dx * sin) / ellipse.ry;
  const distance = Math.sqrt(u * u + v * v);
  return Math.min(1, Math.max(0, (1 + softness - distance) / (2 * softness)));
}
