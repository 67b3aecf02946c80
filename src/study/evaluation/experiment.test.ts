import { describe, expect, it } from 'vitest';
import type { Split } from '../../domain/splits.ts';
import type { LabelledImage, LabelledSet } from '../../tables/labelled.ts';
import { prepareExperiment, withEmbeddings } from './experiment.ts';
import { retrieve, retrievedFromKnn } from './retrieve.ts';

function image(filepath: string, split: Split, label: number): LabelledImage {
  return {
    filepath,
    split,
    label,
    dataset: 'd',
    modality: 'XR',
    anatomicRegion: 'chest',
    patient: null,
  };
}

const SET: LabelledSet = {
  labels: ['found', 'not in the index'],
  images: [
    image('one', 'train', 0),
    image('two', 'train', 0),
    image('nan', 'train', 0),
    image('val', 'val', 0),
    image('test', 'test', 0),
    image('zero', 'test', 0),
    image('absent', 'test', 0),
    image('lonely', 'test', 1),
  ],
  excluded: [],
};
const EMBEDDINGS = {
  paths: ['test', 'one', 'two', 'nan', 'val', 'zero', 'lonely'],
  dimension: 2,
  values: Float32Array.from([3, 0, 0, 5, 2, 1, Number.NaN, 1, 1, 1, 0, 0, 1, 0]),
};

describe('an experiment', () => {
  it('lists every image and class that it leaves out', async () => {
    const experiment = prepareExperiment(withEmbeddings(SET, EMBEDDINGS));
    expect(experiment.excluded.map(({ code, subject }) => [code, subject])).toEqual([
      ['EMBEDDING_MISSING', 'absent'],
      ['EMBEDDING_UNUSABLE', 'nan'],
      ['EMBEDDING_UNUSABLE', 'zero'],
      ['CLASS_NOT_MEASURED', 'not in the index'],
    ]);
    expect(experiment.test.images.map(({ filepath }) => filepath)).toEqual(['test']);
    const { neighbours } = (await retrieve(experiment, EMBEDDINGS)).test;
    expect(neighbours.k).toBe(2);
    expect(Array.from(neighbours.rows)).toEqual([1, 0]);
    expect(neighbours.similarities?.[0]).toBeCloseTo(2 / Math.sqrt(5));
  });

  it('refuses what cannot be an experiment', () => {
    const coded = (code: string) => expect.objectContaining({ code });
    expect(() => withEmbeddings(SET, { ...EMBEDDINGS, dimension: 3 })).toThrow(
      coded('EMBEDDINGS_INVALID'),
    );
    const without = (split: Split) => ({
      ...SET,
      images: SET.images.filter((one) => one.split !== split),
    });
    expect(() => prepareExperiment(without('train'))).toThrow(coded('SPLIT_EMPTY'));
    const experiment = prepareExperiment(without('test'));
    const table = { paths: ['one', 'elsewhere'], k: 2, neighbours: Int32Array.of(0, 0) };
    expect(retrievedFromKnn(experiment, { ...table, queries: ['val'] }).val.neighbours.k).toBe(2);
    for (const [query, ...neighbours] of [
      ['val', 0, 1],
      ['val', 0, -1],
      ['other', 0, 0],
    ] as const) {
      const wrong = { ...table, queries: [query], neighbours: Int32Array.from(neighbours) };
      expect(() => retrievedFromKnn(experiment, wrong)).toThrow(coded('NEIGHBOURS_INVALID'));
    }
  });
});
