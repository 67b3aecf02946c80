import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { randomFrom } from '../../domain/random.ts';
import { Encoder } from '../../encoding/encoders/encoder.ts';
import { findEncoder } from '../../encoding/encoders/registry.ts';
import type { Pixels } from '../../images/pixels.ts';
import { encodePictures } from './encode-pictures.ts';
import { umap } from './projection/umap.ts';
import { PERTURBATIONS, perturb, perturbationName } from './robustness/perturb.ts';
import { robustness, rowSimilarities } from './robustness/robustness.ts';

const decoding = { format: 'png', bits: 8, colour: 'grey', orientation: 1, pages: 1 };

function grey(width: number, height: number, at: (x: number, y: number) => number): Pixels {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    data.fill(at(i % width, Math.floor(i / width)), i * 3, i * 3 + 3);
  }
  return { width, height, data, decoding };
}

const pixel = ({ data, width }: Pixels, x: number, y: number) => data[(y * width + x) * 3];

describe('perturb', () => {
  const ramp = grey(100, 60, (x, y) => 2 * x + y / 2);

  it('crops around the centre', async () => {
    const found = await perturb(ramp, { kind: 'crop', share: 0.2 }, 1);
    expect([found.width, found.height]).toEqual([80, 48]);
    expect(pixel(found, 0, 0)).toBe(pixel(ramp, 10, 6));
    expect(pixel(found, 79, 47)).toBe(pixel(ramp, 89, 53));
  });

  it('turns around the centre, keeps the size and blackens corners', async () => {
    const half = await perturb(ramp, { kind: 'rotation', degrees: 180 }, 1);
    expect(half.data).toEqual(grey(100, 60, (x, y) => 2 * (99 - x) + (59 - y) / 2).data);
    const slight = await perturb(ramp, { kind: 'rotation', degrees: 10 }, 1);
    expect([slight.width, slight.height, slight.data.length]).toEqual([100, 60, 18_000]);
    expect(pixel(slight, 99, 0)).toBe(0);
    expect(Math.abs((pixel(slight, 50, 30) as number) - 115)).toBeLessThanOrEqual(2);
    // Clockwise: what lay at the right moves down.
    const dot = grey(101, 101, (x, y) => (Math.hypot(x - 80, y - 50) < 4 ? 255 : 0));
    const quarter = await perturb(dot, { kind: 'rotation', degrees: 90 }, 1);
    expect(pixel(quarter, 50, 80)).toBe(255);
    // A turn by an odd angle of a long picture needs the canvas in one direction only.
    const tall = await perturb(
      grey(30, 200, () => 200),
      { kind: 'rotation', degrees: 80 },
      1,
    );
    expect(pixel(tall, 15, 100)).toBe(200);
    expect(pixel(tall, 15, 5)).toBe(0);
  });

  it('adds noise of the stated size, grey and seeded', async () => {
    const flat = grey(80, 80, () => 128);
    const noise = { kind: 'noise', deviation: 12 } as const;
    const { data } = await perturb(flat, noise, 5);
    const values = data.filter((_, i) => i % 3 === 0);
    expect(values).toEqual(data.filter((_, i) => i % 3 === 2));
    const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
    const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean - 128)).toBeLessThan(1);
    expect(Math.abs(Math.sqrt(variance) - 12)).toBeLessThan(0.6);
    expect((await perturb(flat, noise, 5)).data).toEqual(data);
    expect((await perturb(flat, noise, 6)).data).not.toEqual(data);
  });

  it('maps a window and clips', async () => {
    const steps = grey(4, 1, (x) => [0, 51, 102, 255][x] as number);
    const found = await perturb(steps, { kind: 'windowing', low: 0.2, high: 0.6 }, 1);
    expect([0, 1, 2, 3].map((x) => pixel(found, x, 0))).toEqual([0, 0, 128, 255]);
  });

  it('compresses, more at a lower quality', async () => {
    const random = randomFrom(1);
    const rough = grey(64, 64, () => random() * 255);
    const error = async (quality: number) => {
      const { data } = await perturb(rough, { kind: 'jpeg', quality }, 1);
      return data.reduce((sum, v, i) => sum + Math.abs(v - (rough.data[i] as number)), 0);
    };
    expect(await error(10)).toBeGreaterThan(2 * (await error(90)));
  });

  it('has settings of which each has a name of its own', () => {
    expect(new Set(PERTURBATIONS.map(perturbationName)).size).toBe(PERTURBATIONS.length);
  });
});

describe('encoding of perturbed pictures', () => {
  it('lists broken files, takes times, and loses more by a stronger change', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'semblance-perturbed-'));
    const files = await Promise.all(
      Array.from({ length: 6 }, async (_, i) => {
        const path = join(folder, `${i}.png`);
        const { data } = grey(90, 70, (x, y) => 120 + 110 * Math.sin((x * (i + 2) + y * 3) / 20));
        await sharp(data, { raw: { width: 90, height: 70, channels: 3 } })
          .png()
          .toFile(path);
        return { path, key: `${i}.png` };
      }),
    );
    const broken = { path: join(folder, 'broken.png'), key: 'broken.png' };
    await writeFile(broken.path, 'not a picture');
    const encoder = await Encoder.load(await findEncoder('baseline', ''));
    try {
      const original = await encodePictures(encoder, [broken, ...files], { batch: 4 });
      expect(original.failed).toMatchObject([
        { code: 'IMAGE_NOT_RECOGNISED', subject: broken.path },
      ]);
      expect(original.embeddings.paths).toEqual(files.map(({ key }) => key));
      expect(original.cost).toMatchObject({ images: 6, batch: 4, bytes: 4 * encoder.dimension });
      for (const step of ['decode', 'preprocess', 'encode'] as const) {
        expect(original.cost[step]).toBeGreaterThan(0);
      }
      const rotated = async (degrees: number) => {
        const { embeddings } = await encodePictures(encoder, files, {
          change: (pixels, at) => perturb(pixels, { kind: 'rotation', degrees }, at),
        });
        const similarities = rowSimilarities(original.embeddings, embeddings);
        return similarities.reduce((sum, s) => sum + s, 0) / similarities.length;
      };
      expect(await rotated(0)).toBeCloseTo(1, 6);
      expect(await rotated(20)).toBeLessThan(await rotated(2));
      const { embeddings } = original;
      const other = { ...embeddings, paths: [...embeddings.paths].reverse() };
      expect(() => rowSimilarities(embeddings, other)).toThrow(
        expect.objectContaining({ code: 'ANALYSIS_IMPOSSIBLE', subject: '0.png' }),
      );
    } finally {
      await encoder.release();
      await rm(folder, { recursive: true });
    }
  });
});

describe('robustness', () => {
  it('compares precision and lists', () => {
    const table = (rows: number[]) => ({
      queries: 2,
      k: 2,
      rows: Int32Array.from(rows),
      similarities: null,
    });
    const names = ['a', 'b'];
    const labels = {
      queries: { names, of: Int32Array.of(0, 1) },
      index: { names, of: Int32Array.of(0, 0, 1, 1) },
    };
    const clusters = { count: 2, of: Int32Array.of(0, 1), unknown: 0 };
    const found = robustness(
      { original: table([0, 1, 2, 3]), perturbed: table([1, 2, 3, 2]) },
      Float64Array.of(0.9, 0.8),
      labels,
      clusters,
      { k: 2, seed: 1 },
    );
    expect(found.original.value).toBe(1);
    expect(found.perturbed.value).toBe(0.75);
    expect(found.loss).toMatchObject({ difference: { value: 0.25 }, p: 1 });
    expect(found.overlap.value).toBe(0.75);
    expect(found.similarity.value).toBeCloseTo(0.85, 12);
  });
});

describe('umap', () => {
  const points = 60;
  // Three groups whose members are near to each other only.
  const table = () => {
    const rows = Array.from({ length: points }, (_, i) =>
      Array.from({ length: 10 }, (_, n) => (i + 3 * n) % points),
    ).flat();
    return {
      queries: points,
      k: 10,
      rows: Int32Array.from(rows),
      similarities: Float32Array.from(rows, (_, at) => 1 - (at % 10) / 50),
    };
  };

  it('keeps neighbours together and is the same for the same seed', async () => {
    let epochs = 0;
    const progress = (done: number) => {
      epochs = done;
    };
    const found = await umap(table(), { seed: 1, progress });
    expect(epochs).toBeGreaterThan(100);
    expect(found).toEqual(await umap(table(), { seed: 1 }));
    expect(found).not.toEqual(await umap(table(), { seed: 2 }));
    const distance = (a: number, b: number) =>
      Math.hypot(
        (found[2 * a] as number) - (found[2 * b] as number),
        (found[2 * a + 1] as number) - (found[2 * b + 1] as number),
      );
    const nearestOf = (a: number) =>
      Array.from({ length: points }, (_, b) => b)
        .filter((b) => b !== a)
        .reduce((best, b) => (distance(a, b) < distance(a, best) ? b : best));
    const kept = Array.from({ length: points }, (_, a) => nearestOf(a) % 3 === a % 3);
    expect(kept.filter(Boolean).length).toBeGreaterThan(0.9 * points);
  });

  it('refuses too little, and stops when asked', async () => {
    const impossible = expect.objectContaining({ code: 'ANALYSIS_IMPOSSIBLE' });
    await expect(umap({ ...table(), similarities: null }, { seed: 1 })).rejects.toThrow(impossible);
    const signal = AbortSignal.abort();
    await expect(umap(table(), { seed: 1, signal })).rejects.toThrow(/abort/);
  });
});
