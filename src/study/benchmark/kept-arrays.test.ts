import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { randomFrom } from '../../domain/random.ts';
import type { LabelledImage } from '../../tables/labelled.ts';
import { prepareExperiment } from '../evaluation/experiment.ts';
import { linearProbe } from '../evaluation/linear-probe.ts';
import { findNeighbours } from '../evaluation/neighbours.ts';
import { KeptBlocks, keptStates } from './kept-arrays.ts';

const folder = mkdtempSync(join(tmpdir(), 'semblance-kept-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

const ROWS = 9000;
const DIMENSION = 4;
const random = randomFrom(1);
const EMBEDDINGS = {
  paths: Array.from({ length: ROWS }, (_, i) => `${i}.png`),
  dimension: DIMENSION,
  values: Float32Array.from({ length: ROWS * DIMENSION }, () => random() - 0.5),
};
const rows = (from: number, to: number) =>
  Int32Array.from({ length: to - from }, (_, i) => from + i);
class Killed extends Error {}

describe('a search that is killed', () => {
  const search = (blocks?: KeptBlocks, stopAt = Number.POSITIVE_INFINITY) =>
    findNeighbours(EMBEDDINGS, rows(0, 300), rows(300, ROWS), 5, {
      ...(blocks && { blocks }),
      progress: (done) => {
        if (done >= stopAt) throw new Killed();
      },
    });
  const kept = () => new KeptBlocks((block) => at(`found-${block}.bin`));

  it('goes on behind its last block, and a damaged block is searched again', async () => {
    const whole = await search();
    await expect(search(kept(), 1600)).rejects.toThrow(Killed);
    expect(readdirSync(folder).sort()).toEqual([
      ...['found-0-512.bin', 'found-1024-1536.bin', 'found-512-1024.bin'],
    ]);
    const file = at('found-512-1024.bin');
    const bytes = readFileSync(file);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 9) ^ 1, bytes.length - 9);
    writeFileSync(file, bytes);
    const seen: number[] = [];
    const blocks = kept();
    const resumed = await findNeighbours(EMBEDDINGS, rows(0, 300), rows(300, ROWS), 5, {
      blocks,
      progress: (done) => seen.push(done),
    });
    expect(resumed).toEqual(whole);
    // It goes on behind the first block, and the third is known too.
    expect(seen[0]).toBe(512);
    expect(seen).toContain(1536);
    expect(seen[seen.indexOf(1536) - 1]).toBe(1024);
    expect(seen.at(-1)).toBe(ROWS - 300);
    blocks.remove();
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('a training that is killed', () => {
  const images = EMBEDDINGS.paths.slice(0, 300).map((filepath, i) => ({
    filepath,
    split: i % 5 === 0 ? 'test' : i % 5 === 1 ? 'val' : 'train',
    label: i % 3,
  }));
  const experiment = prepareExperiment({
    labels: ['a', 'b', 'c'],
    images: images as unknown as LabelledImage[],
    excluded: [],
  });
  const train = (states: ReturnType<typeof keptStates> | undefined, stopAt: number) =>
    linearProbe(experiment, EMBEDDINGS, {
      ...{ epochs: 12, patience: 12, batch: 64, seed: 3, threads: 1 },
      ...(states && { states }),
      progress: (done) => {
        if (done >= stopAt) throw new Killed();
      },
    });

  it('goes on behind its last epoch with the same numbers', async () => {
    const whole = await train(undefined, Number.POSITIVE_INFINITY);
    const states = keptStates(at('probe.bin'));
    await expect(train(states, 180 * 7 + 64)).rejects.toThrow(Killed);
    expect(states.read()?.epochs).toHaveLength(7);
    const resumed = await train(states, Number.POSITIVE_INFINITY);
    expect(resumed).toEqual(whole);
    // One that is over is not trained again.
    expect(await train(states, 0)).toEqual(whole);
  });

  it('does not begin where no score can be defined', async () => {
    const { test } = experiment;
    const lacking = { ...experiment, test: { ...test, labels: test.labels.map(() => 1) } };
    const begun: number[] = [];
    await expect(
      linearProbe(lacking, EMBEDDINGS, { progress: (done) => begun.push(done) }),
    ).rejects.toMatchObject({
      code: 'SCORE_UNDEFINED',
      message: expect.stringContaining('3 of 3 classes'),
    });
    expect(begun).toEqual([]);
  });
});
