import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inverse, Matrix } from 'ml-matrix';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { randomFrom } from '../../domain/random.ts';
import { parseDefinition } from '../../encoding/encoders/definition.ts';
import { Encoder } from '../../encoding/encoders/encoder.ts';
import { Projection } from '../../encoding/encoders/projection.ts';
import { findEncoder } from '../../encoding/encoders/registry.ts';
import { preprocess } from '../../encoding/preprocess/preprocess.ts';
import { decodeImage } from '../../images/decode.ts';
import { indexImages } from '../../indexing/index-images.ts';
import { readSource } from '../../indexing/read-source.ts';
import { CollectionStore } from '../../store/collection-store.ts';
import type { StoredEncoder } from '../../store/records.ts';
import { fragileDescription, fragileModel } from '../../testing/fragile-model.ts';
import { DIMENSION, madeUpCollection, madeUpVector } from '../../testing/made-up-collection.ts';
import { calibrate } from '../calibration/calibrate.ts';
import { chooseEncoder } from '../choose-encoder.ts';
import { EncoderSpace } from '../encoder-space.ts';
import { fitAdaptation } from './adapt.ts';
import { compareOnParts } from './compare-on-parts.ts';
import { fitDiscriminant, Scatter } from './discriminant.ts';
import { Products } from './products.ts';
import { featuresOf, projectedLength, projectionGraph } from './projection.ts';
import { checkTarget, saveAdaptation } from './save.ts';

function unit(values: readonly number[]): number[] {
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
}
function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a, (value, i) => value * (b[i] as number)).reduce((sum, each) => sum + each, 0);
}

describe('the projection', () => {
  it('gives the weighted mean of three similarities, by their definitions', async () => {
    const rows = Array.from({ length: 120 }, (_, i) => madeUpVector(i % 4, i));
    const labels = rows.map((_, i) => i % 4);
    const settings = {
      root: false,
      shrinkage: 0.2,
      weights: { embedding: 0.5, axes: 0.3, classes: 0.2 },
    };
    const features = rows.map((row) => featuresOf(row, false));
    const products = await Products.load();
    const scatter = new Scatter(DIMENSION, 4);
    const stacked = Float32Array.from(features.flatMap((row) => [...row]));
    await scatter.add(
      products,
      stacked,
      labels.map((label) => [label]),
    );
    await products.release();
    const discriminant = fitDiscriminant(scatter, settings.shrinkage);
    const graph = projectionGraph(discriminant, settings);
    const projection = await Projection.load('made-up', graph, projectedLength(discriminant));
    const [a, b] = (await projection.apply([rows[0], rows[5]] as Float32Array[])) as [
      Float32Array,
      Float32Array,
    ];
    await projection.release();
    expect(Math.hypot(...a)).toBeCloseTo(1, 5);

    // Every step by its textbook formula.
    const x = new Matrix(features.map((row) => [...row]));
    const means = new Matrix(
      [0, 1, 2, 3].map((c) =>
        x
          .selection(
            [...labels.keys()].filter((i) => labels[i] === c),
            [...Array(DIMENSION).keys()],
          )
          .mean('column'),
      ),
    );
    const centred = Matrix.sub(x, new Matrix(labels.map((c) => means.getRow(c))));
    const within = centred.transpose().mmul(centred).div(rows.length);
    const shrunk = Matrix.add(
      Matrix.mul(within, 0.8),
      Matrix.eye(DIMENSION).mul((0.2 * within.trace()) / DIMENSION),
    );
    const precision = inverse(shrunk);
    const grand = means.mean('column');
    const spread = Matrix.sub(means, new Matrix([0, 1, 2, 3].map(() => grand)));
    const posterior = (row: number) => {
      const densities = [0, 1, 2, 3].map((c) => {
        const d = Matrix.sub(Matrix.rowVector(x.getRow(row)), Matrix.rowVector(means.getRow(c)));
        return Math.exp(-d.mmul(precision).mmul(d.transpose()).get(0, 0) / 2);
      });
      return densities.map((p) => p / densities.reduce((sum, each) => sum + each, 0));
    };
    // The three directions of the means' span, made orthonormal in the metric of the precision.
    const basis: Matrix[] = [];
    for (const c of [0, 1, 2]) {
      let v = Matrix.rowVector(spread.getRow(c));
      for (const e of basis) {
        v = Matrix.sub(v, Matrix.mul(e, v.mmul(precision).mmul(e.transpose()).get(0, 0)));
      }
      basis.push(Matrix.div(v, Math.sqrt(v.mmul(precision).mmul(v.transpose()).get(0, 0))));
    }
    const coordinates = (row: number) => {
      const d = Matrix.sub(Matrix.rowVector(x.getRow(row)), Matrix.rowVector(grand));
      return unit(basis.map((e) => d.mmul(precision).mmul(e.transpose()).get(0, 0)));
    };
    const expected =
      0.5 * dot(x.getRow(0), x.getRow(5)) +
      0.3 * dot(coordinates(0), coordinates(5)) +
      0.2 * dot(posterior(0).map(Math.sqrt), posterior(5).map(Math.sqrt));
    expect(dot(a, b)).toBeCloseTo(expected, 4);
  });
});

describe('adapt', () => {
  let folder: string;
  const opened: (() => void)[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'semblance-adapt-'));
  });
  afterEach(async () => {
    for (const close of opened.splice(0)) close();
    await rm(folder, { recursive: true });
  });
  const collection = (name: string, options?: Parameters<typeof madeUpCollection>[1]) => {
    const made = madeUpCollection(join(folder, `${name}.db`), options);
    opened.push(() => made.store.close());
    return made;
  };
  const target = (store: CollectionStore, base: StoredEncoder) => ({
    store,
    base,
    name: 'adapted',
    folder: join(folder, 'encoders'),
  });

  it('finds more of the same label on images it has not seen, and serves imported embeddings', async () => {
    const { store, encoder } = collection('all');
    const adaptation = await fitAdaptation(store, encoder);
    expect(adaptation).toMatchObject({ better: true, images: 360, classes: 4 });
    for (const { precision } of await compareOnParts(store, encoder, adaptation)) {
      expect(precision.at(-1)?.difference.difference.interval?.low).toBeGreaterThan(0.05);
    }
    const saved = await saveAdaptation(target(store, encoder), adaptation);
    expect(saved).toMatchObject({ dimension: DIMENSION + 4 + 3, embeddings: 600 });
    // Half of val's patients are fitted on instead of train, whose labels the encoder knows.
    const { roles, figures } = await calibrate(store, saved);
    expect(roles.fit).toBe("half of val's patients");
    expect(figures.measure?.neighbours.expectedCalibrationError).toBeLessThan(0.1);
    await expect(checkTarget(target(store, saved))).rejects.toMatchObject({
      code: 'ADAPT_IMPOSSIBLE',
    });
    const taken = { ...target(store, encoder), name: 'baseline' };
    await expect(checkTarget(taken)).rejects.toMatchObject({ code: 'ADAPT_IMPOSSIBLE' });
  });

  it('lets no label of val or test into the fit: the graph is the same to the last byte', async () => {
    const graphs = new Map<string, string>();
    for (const part of ['none', 'val', 'test', 'train']) {
      const relabel = (label: number, split: string, i: number) =>
        split === part ? (label + i) % 4 : label;
      const { store, encoder } = collection(part, { relabel });
      const { projection } = await fitAdaptation(store, encoder);
      graphs.set(part, createHash('sha256').update(projection).digest('hex'));
    }
    expect(graphs.get('val')).toBe(graphs.get('none'));
    expect(graphs.get('test')).toBe(graphs.get('none'));
    expect(graphs.get('train')).not.toBe(graphs.get('none'));
  });

  it('does not call better what labels drawn at random make of it', async () => {
    const random = randomFrom(3);
    const relabel = () => Math.floor(random() * 4);
    const { store, encoder } = collection('random', { relabel });
    expect(await fitAdaptation(store, encoder)).toMatchObject({ better: false });
  });

  it('encodes new pictures as it transformed the stored embeddings', async () => {
    const images = join(folder, 'images');
    for (let i = 0; i < 48; i++) {
      const [kind, random] = [i % 2, randomFrom(i)];
      mkdirSync(join(images, `kind ${kind}`), { recursive: true });
      // Reddish or bluish, with the other channels at random.
      const colour = [random(), random(), random()].map((value, c) =>
        Math.round(255 * (c === 2 * kind ? 0.6 + 0.4 * value : value)),
      );
      await sharp(
        Uint8Array.from({ length: 48 }, (_, at) => colour[at % 3] as number),
        {
          raw: { width: 4, height: 4, channels: 3 },
        },
      )
        .png()
        .toFile(join(images, `kind ${kind}`, `${i}.png`));
    }
    writeFileSync(join(folder, 'm.onnx'), fragileModel(2));
    const definition = fragileDescription('m.onnx');
    const plain = await Encoder.load(parseDefinition(definition, join(folder, 'm.json')));
    const store = CollectionStore.open(join(folder, 'pictures.db'), { create: true });
    opened.push(() => store.close());
    await indexImages(store, plain, await readSource(images), { threads: 1 });
    await plain.release();
    const base = chooseEncoder(store);
    const { folder: encoders } = target(store, base);
    const saved = await saveAdaptation(target(store, base), await fitAdaptation(store, base));
    // Found by its name, as any encoder of the user's.
    const encoder = await Encoder.load(await findEncoder('adapted', encoders));
    expect(encoder.fingerprint).toBe(saved.fingerprint);
    await encoder.release();
    const space = new EncoderSpace(saved);
    opened.unshift(() => space.release());
    const [first] = store.images.page();
    const file = await readFile(store.sources.filePath(first?.id as number).file);
    const pixels = await decodeImage(file);
    const vector = await space.encodePicture(
      space.prepare().map((spec) => preprocess(pixels, spec)),
    );
    const stored = space.embeddingOf(store, first?.id as number);
    expect(
      Math.max(...vector.map((value, i) => Math.abs(value - (stored[i] as number)))),
    ).toBeLessThan(1e-5);
  });
});
