import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PreprocessPool } from '../../encoding/preprocess/pool.ts';
import { described } from '../../testing/described.ts';
import { DIMENSION, madeUpCollection, madeUpVector } from '../../testing/made-up-collection.ts';
import { EncoderSpace } from '../encoder-space.ts';
import { Searcher } from '../searcher.ts';
import { calibrate } from './calibrate.ts';
import { parseCalibration } from './stored-calibration.ts';

describe('calibration', () => {
  let folder: string;
  const opened: (() => void)[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'semblance-calibration-'));
  });
  afterEach(async () => {
    for (const close of opened.splice(0)) close();
    await rm(folder, { recursive: true });
  });
  const collection = (options?: Parameters<typeof madeUpCollection>[1], name = 'all') => {
    const made = madeUpCollection(join(folder, `${name}.db`), options);
    opened.push(() => made.store.close());
    return made;
  };

  it('states probabilities that come true, on images it has not seen', async () => {
    const { store, encoder } = collection({ patients: 1000 });
    const { figures, levels, roles } = await calibrate(store, encoder);
    expect(roles).toEqual({ fit: 'train', choose: 'val', measure: 'test' });
    expect(figures.measure?.queries).toBe(400);
    expect(figures.measure?.neighbours.expectedCalibrationError).toBeLessThan(0.06);
    // It tells more than the mean would: a constant statement's Brier score is p (1 - p).
    const bins = figures.measure?.neighbours.bins ?? [];
    const hits = bins.reduce((sum, bin) => sum + bin.count * bin.observed, 0);
    const p = hits / (figures.measure?.neighbours.count ?? 0);
    expect(figures.measure?.neighbours.brier).toBeLessThan(0.8 * p * (1 - p));
    for (const { error, threshold, measured } of levels) {
      if (threshold !== null) expect(measured?.error).toBeLessThan(error + 0.05);
    }
    // A looser limit answers more.
    const coverages = levels.map(({ measured }) => measured?.coverage ?? 0);
    expect(coverages).toEqual([...coverages].sort((a, b) => a - b));
    expect(coverages.at(-1)).toBeGreaterThan(0);
  });

  it('looks at no label of test, and at those of train and val', async () => {
    const fitted = async (part: string) => {
      const relabel = (label: number, split: string, i: number) =>
        split === part && i % 3 === 0 ? (label + 1) % 4 : label;
      const { store, encoder } = collection({ relabel });
      const { similarity, score, familiar, levels } = await calibrate(store, encoder);
      const chosen = levels.map(({ threshold }) => threshold);
      store.close();
      await rm(join(folder, 'all.db'));
      return JSON.stringify({ map: { similarity, score, familiar }, chosen });
    };
    const first = await fitted('none');
    expect(await fitted('test')).toBe(first);
    const [val, train] = [await fitted('val'), await fitted('train')];
    const map = (json: string) => JSON.stringify(JSON.parse(json).map);
    expect(map(val)).toBe(map(first));
    expect(val).not.toBe(first);
    expect(map(train)).not.toBe(map(first));
  });

  it('is read as it was stored, and refused by name when it is damaged', async () => {
    const { store, encoder } = collection();
    const made = await calibrate(store, encoder);
    const text = JSON.stringify(made);
    expect(parseCalibration(text, 'e')).toEqual(made);
    const noLevel = JSON.stringify({ ...made, error: 0.123 });
    for (const damaged of [
      '',
      '{}',
      text.slice(0, -1),
      noLevel,
      text.replace('"x":[', '"x":[1,'),
    ]) {
      expect(() => parseCalibration(damaged, 'e')).toThrow(
        expect.objectContaining({ code: 'CALIBRATION_DAMAGED', subject: 'e' }),
      );
    }
    store.encoders.saveCalibration(encoder.fingerprint, '{"field":"label"}');
    const searcher = new Searcher(store, new EncoderSpace(encoder), new PreprocessPool());
    opened.unshift(() => searcher.release());
    const search = () => searcher.search([{ kind: 'image', id: 1 }], { k: 3 });
    await expect(search()).rejects.toMatchObject({
      code: 'CALIBRATION_DAMAGED',
      subject: encoder.name,
    });
    store.encoders.saveCalibration(encoder.fingerprint, text);
    expect((await search()).calibration).toMatchObject({ field: 'label' });
  });

  it('divides the patients at random where there are no parts', async () => {
    const { store, encoder } = collection({ parted: false });
    const { index, fitted, figures } = await calibrate(store, encoder);
    expect([index, fitted.queries, figures.choose.queries]).toEqual([600, 300, 150]);
    const few = collection({ patients: 5 }, 'few');
    await expect(calibrate(few.store, few.encoder)).rejects.toMatchObject({
      code: 'CALIBRATION_IMPOSSIBLE',
    });
  });

  it('gives answers a number only with a calibration, and says when there is no good match', async () => {
    const { store, encoder } = collection();
    const searcher = new Searcher(store, new EncoderSpace(encoder), new PreprocessPool());
    opened.unshift(() => searcher.release());
    const own = store.images.page()[0]?.id as number;
    const ask = (filter?: string) =>
      searcher.search([{ kind: 'image', id: own }], {
        k: 20,
        ...(filter === undefined ? {} : { filter: store.fields.where(filter) }),
      });
    const before = await ask();
    expect(before).toMatchObject({ calibration: null, verdict: null });
    expect(before.neighbours[0]).not.toHaveProperty('probability');

    const calibration = await calibrate(store, encoder, { error: 0.3 });
    store.encoders.saveCalibration(encoder.fingerprint, JSON.stringify(calibration));
    const { neighbours, verdict, calibration: told } = await ask();
    expect(told).toMatchObject({ field: 'label', error: 0.3, stale: false, measuredOn: 120 });
    expect(verdict).not.toBeNull();
    for (const { probability } of neighbours) {
      expect(probability).toBeGreaterThan(0);
      expect(probability).toBeLessThan(1);
    }
    // Two pictures together are another query than those that were measured.
    const other = neighbours[0]?.image.id as number;
    const both = await searcher.search(
      [own, other].map((id) => ({ kind: 'image', id })),
      { k: 5 },
    );
    expect(both).toMatchObject({ calibration: null, verdict: null });
    expect(both.neighbours[0]).not.toHaveProperty('probability');

    // The probability of an image does not depend on which others may be found.
    const { image, probability } = neighbours[7] as (typeof neighbours)[0];
    const filtered = await ask(`label:${image.labels[0]} split:${image.metadata.split}`);
    expect(filtered.neighbours.find((n) => n.image.id === image.id)?.probability).toBe(probability);

    const source = store.sources.register(folder);
    const write = (path: string, vector: Float32Array) =>
      store.writer.write(source, [
        {
          description: described(path),
          embeddings: new Map([[encoder.id, vector]]),
        },
      ]);
    // Unlike anything: along the axis that no image uses.
    write('far.png', new Float32Array(DIMENSION).fill(1, DIMENSION - 1));
    const far = store.images.page().at(-1)?.id as number;
    const odd = await searcher.search([{ kind: 'image', id: far }], { k: 5 });
    expect(odd.verdict).toMatchObject({
      good: false,
      reason: expect.stringContaining('of another kind'),
    });
    expect(odd.neighbours.every((n) => n.probability === undefined)).toBe(true);

    // An image without a label gets no probability; too many new images make the calibration stale.
    for (let i = 0; i < 80; i++) write(`new ${i}.png`, madeUpVector(i % 4, 5000 + i));
    const later = await ask();
    expect(later.calibration).toMatchObject({ stale: true });
    for (const each of later.neighbours) {
      expect(each.probability === undefined).toBe(each.image.labels.length === 0);
    }
  });
});
