import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { randomFrom } from '../../domain/random.ts';
import { toKnn } from '../evaluation/retrieve.ts';
import { writeKnnCsv } from '../exchange/knn.ts';
import { writeNpy } from '../exchange/npy.ts';
import { ARCHIVE_CONFIG, EXAMPLE_CONFIG, parseConfig, readConfig } from './config.ts';
import { runBenchmark } from './run.ts';
import { resultsData, writeResults } from './write.ts';

const CLASSES = 3;
const folder = mkdtempSync(join(tmpdir(), 'semblance-benchmark-'));
const at = (path: string) => join(folder, path);
afterAll(() => rmSync(folder, { recursive: true }));

const splitOf = (i: number) => (i % 5 === 0 ? 'test' : i % 5 === 1 ? 'val' : 'train');
const pathOf = (i: number) => `d/${i}.png`;
const rowOf = (i: number, flags: readonly number[] = [0, 1, 2].map((c) => +(c === i % CLASSES))) =>
  [pathOf(i), 'd', splitOf(i), 'XR', 'chest', `p${i}`, ...flags].join();
const HEAD =
  'filepath,dataset,split,modality,anatomic_region,patient,XR/chest/a,XR/chest/b,XR/chest/c';

function writeCsv(name: string, rows: readonly string[], head = HEAD): void {
  writeFileSync(at(name), [head, ...rows, ''].join('\n'));
}

/** Embeddings around a corner for each class; `noise` is how far. */
async function writeEmbeddings(
  name: string,
  images: readonly number[],
  dimension: number,
  noise: number,
  seed: number,
): Promise<void> {
  const random = randomFrom(seed);
  const values = Float32Array.from({ length: images.length * dimension }, (_, cell) => {
    const i = images[Math.floor(cell / dimension)] as number;
    return +(cell % dimension === i % CLASSES) + noise * (random() - 0.5);
  });
  await writeNpy(at(name), { paths: images.map(pathOf), dimension, values });
}

const ALL = Array.from({ length: 120 }, (_, i) => i);
const config = (changes: object = {}) =>
  parseConfig(
    {
      data: { csv: 'data.csv' },
      encoders: [
        { name: 'good', embeddings: 'good.npy' },
        { name: 'bad', embeddings: 'bad.npy' },
      ],
      linearProbe: false,
      analyses: [],
      replicates: 100,
      ...changes,
    },
    at('config.json'),
  );
/** What a run does of kept steps, too. */
const QUICK = /: (check kept embeddings|write)$|data\.csv$/;
let runs = 0;
const go = (changes: object = {}, options: object = {}) => {
  runs += 1;
  const output = at(`out${runs}`);
  return runBenchmark(config(changes), { output, encodersFolder: at('none'), ...options });
};
const codes = (list: readonly { code: string; subject: string | null }[]) =>
  list.map(({ code, subject }) => `${code} ${subject}`);

beforeEach(async () => {
  writeCsv(
    'data.csv',
    ALL.map((i) => rowOf(i)),
  );
  await writeEmbeddings('good.npy', ALL, 8, 1.3, 1);
  await writeEmbeddings('bad.npy', ALL, 8, 8, 2);
});

describe('a benchmark of embeddings', () => {
  it('ranks, tests, and makes every analysis that needs no image', async () => {
    const { outcome, details } = await go({
      linearProbe: true,
      analyses: EXAMPLE_CONFIG.analyses,
      points: 60,
    });
    expect(outcome.encoders.map(({ name }) => name)).toEqual(['good', 'bad']);
    const pairs = 'value' in outcome.pairs ? outcome.pairs.value.micro : [];
    expect(pairs[0]?.pHolm).toBeLessThan(0.05);
    for (const { figures } of outcome.encoders) {
      const { robustness, cost, recall, ...others } = figures;
      expect([robustness, cost, recall]).toEqual([undefined, undefined, undefined]);
      // Every other figure is there.
      expect(
        Object.entries({ ...others, ...figures.knn }).filter(([, one]) => 'error' in (one ?? {})),
      ).toEqual([]);
    }
    await writeResults(at('results'), outcome, details);
    const results = JSON.parse(readFileSync(at('results/results.json'), 'utf8'));
    expect(results).toEqual(JSON.parse(JSON.stringify(resultsData(outcome))));
    const [first, last] = results.encoders[0].figures.indexSize.value.slice(-2);
    expect(last.size).toBe(72);
    expect(last.micro.value).toBeCloseTo(
      results.encoders[0].figures.intervals.value.points.find((p: { k: number }) => p.k === 5).micro
        .value,
      12,
    );
    expect(first.size).toBe(36);
  });

  it('writes what the probe says of each test image, again without training it again', async () => {
    const output = at('probed');
    const file = join(output, 'good/linear_probing_results.csv');
    const worked: string[] = [];
    const run = async () => {
      worked.length = 0;
      const report = (what: string) => !QUICK.test(what) && worked.push(what);
      const done = await go({ linearProbe: true }, { output, report });
      await writeResults(output, done.outcome, done.details);
      return done;
    };
    const unasked = await go({ linearProbe: true, probabilities: false }, { output });
    await writeResults(output, unasked.outcome, unasked.details);
    expect(existsSync(file)).toBe(false);
    const { outcome, details } = await run();
    // The weights are kept: asked for later, nothing is trained again.
    expect(worked).not.toContain('good: linear probe');
    const first = readFileSync(file, 'utf8');
    const [head, ...rows] = first.trim().split('\n');
    const queries = ALL.filter((i) => splitOf(i) === 'test');
    expect(head).toBe(`query,${details.experiment.labels}`);
    expect(rows.map((row) => row.split(',')[0])).toEqual(queries.map(pathOf));
    const right = rows.filter((row, q) => {
      const shares = row.split(',').slice(1).map(Number);
      expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
      return shares.indexOf(Math.max(...shares)) === (queries[q] as number) % CLASSES;
    });
    const { linearProbe } = outcome.encoders.find(({ name }) => name === 'good')?.figures ?? {};
    const scores = linearProbe && 'value' in linearProbe ? linearProbe.value.test : undefined;
    expect(right.length / rows.length).toBeCloseTo(scores?.accuracy ?? -1, 12);

    const training = readFileSync(join(output, 'good/linear_probing_training.csv'), 'utf8');
    const epochs = linearProbe && 'value' in linearProbe ? linearProbe.value.epochs : [];
    expect(epochs.length).toBeGreaterThan(1);
    expect(training.trim().split('\n')).toEqual([
      'epoch,train_loss,val_accuracy',
      ...epochs.map((epoch, i) => expect.stringMatching(`^${i + 1},${epoch.loss},`)),
    ]);
    expect(epochs.at(-1)?.loss).toBeLessThan(epochs[0]?.loss ?? 0);

    // Killed while it writes: the file of before is whole, and the next run writes the same bytes.
    const dying = { ...details, probabilities: new Map(details.probabilities) };
    dying.probabilities.set('good', async function* () {
      yield new Float32Array(CLASSES);
      throw new Error('killed');
    });
    await expect(writeResults(output, outcome, dying)).rejects.toThrow();
    expect(readFileSync(file, 'utf8')).toBe(first);
    expect(readdirSync(join(output, 'good')).filter((name) => name.endsWith('.part'))).toEqual([]);
    rmSync(file);
    await run();
    expect(worked).toEqual([]);
    expect(readFileSync(file, 'utf8')).toBe(first);

    // Without a probe there are no probabilities of an earlier one.
    const without = await go({}, { output });
    await writeResults(output, without.outcome, without.details);
    expect(existsSync(file)).toBe(false);
  });

  it('lists what it leaves out, and compares encoders on what is left', async () => {
    const rows = ALL.map((i) =>
      rowOf(i, i === 3 ? [1, 1, 0, 0] : i === 5 ? [0, 0, 0, 1] : undefined),
    );
    const wide = rows.map((row, i) => (i === 3 || i === 5 ? row : `${row},0`));
    writeCsv('data.csv', wide, `${HEAD},XR/chest/only_test`);
    // One image has no embedding, one is no number, one is of another length, in the second encoder.
    await writeEmbeddings('part.npy', ALL.slice(8), 8, 3, 2);
    await writeEmbeddings('other.npy', [1], 4, 3, 2);
    const nan = [2, 3, 4, 5, 6].map((i) =>
      [pathOf(i), ...Array(8).fill(i === 2 ? 'nan' : i)].join(),
    );
    writeFileSync(at('nan.csv'), ['filepath,e0,e1,e2,e3,e4,e5,e6,e7', ...nan, ''].join('\n'));
    const { outcome } = await go({
      encoders: [
        { name: 'good', embeddings: 'good.npy' },
        { name: 'bad', embeddings: ['part.npy', 'other.npy', 'nan.csv'] },
      ],
    });
    expect(codes(outcome.excluded)).toEqual([
      'ROW_SEVERAL_LABELS data.csv:5',
      'CLASS_NOT_MEASURED XR/chest/only_test',
      'EMBEDDING_MISSING d/0.png',
      'EMBEDDING_UNUSABLE d/1.png',
      'EMBEDDING_UNUSABLE d/2.png',
      'EMBEDDING_MISSING d/7.png',
    ]);
    expect(outcome.excluded.at(-1)?.encoder).toBe('bad');
    expect(outcome.excluded.find(({ subject }) => subject === 'd/2.png')?.detail).toContain('NaN');
    expect(outcome.data.splits).toEqual({ train: 69, val: 23, test: 22 });
    const queries = outcome.encoders.map(({ figures: { retrieval } }) =>
      'value' in retrieval
        ? retrieval.value.corrected.classes.reduce((sum, one) => sum + one.queries, 0)
        : 0,
    );
    expect(queries).toEqual([22, 22]);
  });

  it('takes neighbours alone, and says what cannot be computed from them', async () => {
    const train = ALL.filter((i) => splitOf(i) === 'train').map(pathOf);
    // The first query has no row.
    const queries = ALL.filter((i) => splitOf(i) !== 'train')
      .map(pathOf)
      .slice(1);
    const neighbours = Int32Array.from({ length: queries.length * 5 }, (_, i) => i % train.length);
    writeKnnCsv(at('knn.csv'), { queries, paths: train, k: 5, neighbours });
    const { outcome } = await go({
      encoders: [{ name: 'known', neighbours: 'knn.csv' }],
      linearProbe: true,
      analyses: ['space', 'recall'],
    });
    expect(codes(outcome.excluded)).toEqual(['EMBEDDING_MISSING d/0.png']);
    const { figures } = outcome.encoders[0] as (typeof outcome.encoders)[0];
    expect(figures.recall).toBeUndefined();
    for (const one of [figures.linearProbe, figures.space]) {
      expect(one).toMatchObject({ error: { code: 'ANALYSIS_IMPOSSIBLE' } });
    }
    await expect(
      go({ encoders: [{ name: 'known', neighbours: 'knn.csv' }], k: 6 }),
    ).rejects.toMatchObject({ code: 'NEIGHBOURS_INVALID', message: expect.stringContaining('5') });
  });

  it('says how much of the exact neighbours a given table has', async () => {
    const good = { name: 'good', embeddings: 'good.npy' };
    const exact = await go({ encoders: [good] });
    expect(exact.outcome.encoders[0]?.figures.recall).toBeUndefined();
    const found = exact.details.retrieved.get('good')?.();
    if (found === undefined) throw new Error('no neighbours');
    const { k: all, neighbours, ...table } = toKnn(exact.details.experiment, found);
    const k = 20;
    const lists = table.queries.map((_, q) => {
      const list = [...neighbours.subarray(q * all, (q + 1) * all)];
      // The first query lacks its nearest image, the second has the farthest one as its third.
      if (q === 0) list.shift();
      if (q === 1) list[2] = list.at(-1) as number;
      return list.slice(0, k);
    });
    writeKnnCsv(at('approximate.csv'), { ...table, k, neighbours: Int32Array.from(lists.flat()) });
    const { outcome } = await go({
      encoders: [{ ...good, neighbours: 'approximate.csv' }],
      analyses: ['recall'],
    });
    const { recall } = (outcome.encoders[0] as (typeof outcome.encoders)[0]).figures;
    const of = (k: number, lacking: number) => ({
      k,
      mean: expect.closeTo(1 - lacking / k / 24, 12),
      lowest: (k - 1) / k,
      complete: (24 - lacking) / 24,
    });
    expect(recall).toEqual({ value: [of(1, 1), of(3, 2), of(5, 2), of(10, 2)] });
  });

  it('goes on without an encoder whose file is damaged or has no query, and names it', async () => {
    writeFileSync(at('broken.npy'), 'no matrix');
    writeFileSync(at('broken.json'), '[]');
    const broken = { name: 'broken', embeddings: 'broken.npy' };
    await writeEmbeddings(
      'index.npy',
      ALL.filter((i) => splitOf(i) === 'train'),
      8,
      1,
      1,
    );
    const index = { name: 'index', embeddings: 'index.npy' };
    const good = { name: 'good', embeddings: 'good.npy' };
    const { outcome } = await go({ encoders: [broken, index, good] });
    expect(outcome.encoders.map(({ name }) => name)).toEqual(['good']);
    expect(outcome.failed).toMatchObject([
      { name: 'broken', error: { code: 'EMBEDDINGS_INVALID', subject: 'broken.npy' } },
      { name: 'index', error: { code: 'SPLIT_EMPTY', subject: 'test' } },
    ]);
    expect(outcome.excluded).toEqual([]);
    await expect(go({ encoders: [broken] })).rejects.toMatchObject({ code: 'EMBEDDINGS_INVALID' });
  });

  it('refuses what no run can be made of', async () => {
    writeCsv(
      'column.csv',
      ALL.map((i) => rowOf(i)),
      HEAD.replace('modality', 'kind'),
    );
    writeCsv(
      'train.csv',
      ALL.filter((i) => splitOf(i) === 'train').map((i) => rowOf(i)),
    );
    mkdirSync(at('empty'), { recursive: true });
    const good = { name: 'good', embeddings: 'good.npy' };
    const cases: [object, string][] = [
      [{ data: { csv: 'column.csv' } }, 'CSV_INVALID'],
      [{ data: { csv: 'train.csv' } }, 'SPLIT_EMPTY'],
      [{ data: { csv: 'absent.csv' } }, 'PATH_NOT_FOUND'],
      [{ encoders: [good, { ...good, name: 'GOOD' }] }, 'CONFIG_INVALID'],
      [{ encoders: [{ name: 'x', embeddings: 'absent.npy' }] }, 'PATH_NOT_FOUND'],
      [{ encoders: [{ name: 'x', embeddings: 'empty' }] }, 'PATH_NOT_FOUND'],
      [{ encoders: [{ name: 'x', embeddings: 'data.csv' }] }, 'CSV_INVALID'],
      [{ encoders: [{ name: 'x', embeddings: 'config.txt' }] }, 'PATH_NOT_FOUND'],
      [{ encoders: ['no-such-encoder'] }, 'ENCODER_NOT_FOUND'],
    ];
    for (const [changes, code] of cases) {
      await expect(go(changes), JSON.stringify(changes)).rejects.toMatchObject({ code });
    }
    expect(() => config({ encoders: [{ name: '../x', embeddings: 'a.npy' }] })).toThrow(/slash/);
    expect(() => config({ k: 9, neighbours: 5 })).toThrow(/k is 9/);
    expect(() => config({ seeed: 1 })).toThrow(/seeed/);
    expect(() => parseConfig(EXAMPLE_CONFIG, at('x.json'), { seed: Number.NaN })).toThrow(/seed/);
    expect(() => readConfig(at('data.csv'))).toThrow(/not JSON/);
    for (const example of [EXAMPLE_CONFIG, ARCHIVE_CONFIG]) parseConfig(example, at('x.json'));
  });

  it('makes a step again only when its inputs have changed, or when it is told to', async () => {
    const output = at('steps');
    const worked: string[] = [];
    const report = (what: string) => !QUICK.test(what) && worked.push(what);
    await go({}, { output, report });
    expect(worked).not.toEqual([]);
    worked.length = 0;
    await go({}, { output, report });
    expect(worked).toEqual([]);
    await writeEmbeddings('bad.npy', ALL, 8, 3, 9);
    await go({}, { output, report });
    expect(new Set(worked.map((what) => what.split(':')[0]))).toEqual(
      new Set(['bad', 'all encoders']),
    );
    worked.length = 0;
    await go({}, { output, report, fresh: true });
    expect(new Set(worked.map((what) => what.split(':')[0]))).toEqual(
      new Set(['good', 'bad', 'all encoders']),
    );
  });

  it('trusts no kept step that is damaged, of other data, or speaks of a damaged file', async () => {
    const output = at('kept');
    const cache = join(output, '.cache');
    const warned: string[] = [];
    const settings = { linearProbe: true, analyses: EXAMPLE_CONFIG.analyses, points: 60 };
    const options = { output, warn: (sentence: string) => warned.push(sentence) };
    const run = async () => JSON.stringify((await go(settings, options)).outcome);
    const first = await run();
    expect(await run()).toBe(first);
    // Whatever is kept has the form that its schema says.
    expect(warned).toEqual([]);

    const files = readdirSync(cache);
    const flip = (file: string) => {
      const bytes = readFileSync(join(cache, file));
      const place = bytes.length >> 1;
      bytes[place] = (bytes[place] as number) ^ 1;
      writeFileSync(join(cache, file), bytes);
    };
    const damages: [string, (file: string) => void][] = [
      ['cut off', (file) => truncateSync(join(cache, file), statSync(join(cache, file)).size >> 1)],
      ['changed in the middle', flip],
      ['missing', (file) => rmSync(join(cache, file))],
      ['another file', (file) => writeFileSync(join(cache, file), '{"value":1}')],
    ];
    for (const file of files) {
      for (const [what, damage] of damages) {
        warned.length = 0;
        damage(file);
        expect(await run(), `${file} ${what}`).toBe(first);
        if (what !== 'missing') expect(warned, `${file} ${what}`).toHaveLength(1);
      }
    }

    // One step's file in the place of another, and one with the right hash and the wrong content.
    const [a, b] = files.filter((file) => file.startsWith('groups-')) as [string, string];
    copyFileSync(join(cache, a), join(cache, b));
    warned.length = 0;
    expect(await run()).toBe(first);
    expect(warned).toEqual([expect.stringContaining('is of other data')]);
    const [head] = readFileSync(join(cache, a), 'utf8').split('\n') as [string];
    const text = '{"value":{"label":"many"}}';
    const sha256 = createHash('sha256').update(text).digest('hex');
    const named = JSON.stringify({ ...JSON.parse(head), sha256 });
    writeFileSync(join(cache, a), `${named}\n${text}`);
    warned.length = 0;
    expect(await run()).toBe(first);
    expect(warned).toEqual([expect.stringContaining('has not the form')]);
  }, 120_000);

  it('suggests the analysis that was meant', () => {
    expect(() => config({ analyses: ['hubnes'] })).toThrow(
      /"hubnes" is no analysis. Did you mean "hubness"/,
    );
  });
});
