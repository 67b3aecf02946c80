import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasShared, sharedPath } from '../../testing/shared.ts';
import { writeFaiss } from './faiss.ts';
import { readEmbeddings } from './formats.ts';
import { writeHdf5 } from './hdf5.ts';
import { readKnnCsv, writeKnnCsv } from './knn.ts';
import { findRows } from './select.ts';

const PROTOCOL = 'goldens/protocol/';
const golden = (path: string) => sharedPath(PROTOCOL + path);
const ARCHIVE = ['chexpert', 'mimic', 'nih14', 'radimagenet'].map((name) =>
  golden(`embeddings/Synthetic/${name}.h5`),
);

/** Scales a row to length 1. */
function unit(vector: Float32Array): Float32Array {
  const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return vector.map((value) => value / norm);
}

describe.skipIf(!hasShared(PROTOCOL))("the study's archive", () => {
  let work: string;
  beforeAll(() => {
    work = mkdtempSync(join(tmpdir(), 'semblance-exchange-'));
  });
  afterAll(() => rmSync(work, { recursive: true }));

  it('has in its index the vectors of its HDF5 files, scaled to length 1', async () => {
    const { matrix, excluded } = await readEmbeddings(ARCHIVE);
    const index = await readEmbeddings([golden('experiments/all/Synthetic/faiss.index')]);
    expect(excluded).toEqual([]);
    expect(matrix.paths).toHaveLength(1165);
    expect(index.matrix.paths).toHaveLength(751);
    const { rows, missing } = findRows(matrix, index.matrix.paths);
    expect(missing).toEqual([]);
    const { dimension } = matrix;
    let worst = 0;
    rows.forEach((row, i) => {
      const vector = unit(matrix.values.subarray(row * dimension, (row + 1) * dimension));
      vector.forEach((value, d) => {
        const other = index.matrix.values[i * dimension + d] as number;
        worst = Math.max(worst, Math.abs(value - other));
      });
    });
    expect(worst).toBeLessThan(2e-7);
  });

  it('is written again as the same bytes: index, list of paths, neighbours', async () => {
    const folder = 'experiments/all/Synthetic/';
    const { matrix } = await readEmbeddings([golden(`${folder}faiss.index`)]);
    await writeFaiss(join(work, 'faiss.index'), matrix);
    writeKnnCsv(join(work, 'knn.csv'), await readKnnCsv(golden(`${folder}knn.csv`)));
    for (const name of ['faiss.index', 'metadata.json', 'knn.csv']) {
      expect(readFileSync(join(work, name)).equals(readFileSync(golden(folder + name))), name).toBe(
        true,
      );
    }
  });

  it('keeps paths and values through HDF5', async () => {
    const { matrix } = await readEmbeddings([ARCHIVE[3] as string]);
    await writeHdf5(join(work, 'again.h5'), matrix);
    expect((await readEmbeddings([join(work, 'again.h5')])).matrix).toEqual(matrix);
  });
});
