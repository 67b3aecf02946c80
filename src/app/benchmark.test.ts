import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type BenchmarkConfiguration,
  BenchmarkConfigurationSchema,
  BenchmarkExclusionsSchema,
  BenchmarkRunSchema,
} from '../contract/benchmark.ts';
import { Semblance } from './semblance.ts';

const folder = mkdtempSync(join(tmpdir(), 'semblance-benchmark-service-'));
const at = (name: string) => join(folder, name);
const warned: string[] = [];
const IMAGES = 30;
const LOST = 3;
let semblance: Semblance;
let configuration: BenchmarkConfiguration;

beforeAll(async () => {
  const all = Array.from({ length: IMAGES }, (_, i) => i);
  const splitOf = (i: number) => (i % 5 === 0 ? 'test' : i % 5 === 1 ? 'val' : 'train');
  const rows = all.map((i) => `${i}.png,d,${splitOf(i)},XR,chest,p${i},${1 - (i % 2)},${i % 2}`);
  const head = 'filepath,dataset,split,modality,anatomic_region,patient,a,b';
  writeFileSync(at('data.csv'), [head, ...rows, ''].join('\n'));
  const vectors = all.filter((i) => i !== LOST).map((i) => `${i}.png,${i % 2},${1 + i / 100}`);
  writeFileSync(at('embeddings.csv'), ['filepath,f_0,f_1', ...vectors, ''].join('\n'));
  configuration = {
    data: { csv: at('data.csv') },
    encoders: [{ name: 'made-up', embeddings: at('embeddings.csv') }],
    analyses: ['groups'],
    linearProbe: false,
    replicates: 100,
  };
  writeFileSync(at('benchmark.json'), JSON.stringify({ ...configuration, output: 'results' }));
  semblance = await Semblance.open({
    home: at('home'),
    logger: { warn: (sentence) => warned.push(sentence) },
  });
});
afterAll(async () => {
  await semblance.close();
  rmSync(folder, { recursive: true });
});

it('ends with its signal, goes on, and tells how far it is', async () => {
  const { benchmark } = semblance;
  const ended = await benchmark.run(
    { signal: AbortSignal.abort() },
    { configuration: at('benchmark.json') },
  );
  expect(BenchmarkRunSchema.parse(ended)).toEqual({ complete: false, output: at('results') });

  const told: {
    done: number;
    of?: string;
    whole?: { done: number; total: number; kept: number };
  }[] = [];
  const result = await benchmark.run(
    { progress: (done, _, phase) => told.push({ done, ...phase }) },
    { configuration: at('benchmark.json'), k: 3 },
  );
  expect(BenchmarkRunSchema.parse(result)).toEqual(result);
  expect(result).toMatchObject({ complete: true, k: 3, excluded: 1, failed: [] });
  expect(told).toContainEqual(
    expect.objectContaining({ unit: 'queries', of: 'made-up: neighbours' }),
  );
  // One whole from the first step to the last, of which what is done never goes back.
  const wholes = told.map(({ whole }) => whole ?? expect.fail('no whole'));
  const shares = wholes.map(({ done }) => done);
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(wholes.every(({ done, total }) => done <= total)).toBe(true);
  expect([...new Set(told.map(({ of }) => of))]).toEqual([
    expect.stringContaining('.csv'),
    'made-up: read embeddings',
    'made-up: check kept embeddings',
    'made-up: compare with the table',
    'made-up: neighbours',
    'made-up: retrieval',
    'made-up: intervals',
    'made-up: kNN',
    'made-up: kNN as published',
    'made-up: groups',
    'made-up: write',
    'all encoders: report',
  ]);
  const last = wholes.at(-1);
  expect(last?.done).toBeCloseTo(last?.total ?? 0, 9);

  const again: { kept: number; done: number }[] = [];
  await benchmark.run(
    { progress: (_, __, { whole }) => whole && again.push(whole) },
    { configuration: at('benchmark.json'), k: 3 },
  );
  // Steps that were kept count as none of the work: searching, for one.
  expect(again.at(-1)?.kept).toBeGreaterThan(0.5);
  expect(wholes.at(-1)?.kept).toBeLessThan(0.1);
  const exclusions = benchmark.exclusions({ output: result.output });
  expect(BenchmarkExclusionsSchema.parse(exclusions)).toEqual(exclusions);
  expect(exclusions).toMatchObject([{ subject: `${LOST}.png`, encoder: 'made-up' }]);
});

it('finds the same by the configuration itself as for its file', async () => {
  const { benchmark } = semblance;
  await benchmark.run({}, { configuration, output: at('itself') });
  await benchmark.run({}, { configuration: at('benchmark.json'), output: at('by-file') });
  const [own, read] = ['itself', 'by-file'].map((name) => {
    // Files are named as the configuration finds them.
    const { data, encoders } = JSON.parse(readFileSync(at(`${name}/results.json`), 'utf8'));
    return { sha256: data.sha256, figures: encoders[0].figures };
  });
  expect(own).toEqual(read);
});

it('tells the logger of kept steps that are damaged', async () => {
  const request = { configuration: at('benchmark.json'), output: at('damaged') };
  const first = await semblance.benchmark.run({}, request);
  const cache = at('damaged/.cache');
  const kept = readdirSync(cache).find((name) => /^retrieval-.*\.json$/.test(name));
  writeFileSync(join(cache, kept ?? expect.fail('nothing kept')), 'damaged');
  expect(warned).toEqual([]);
  expect(await semblance.benchmark.run({}, request)).toEqual(first);
  expect(warned).toHaveLength(1);
});

it('gives configurations to begin with', async () => {
  for (const data of ['images', 'archive'] as const) {
    const begin = await semblance.benchmark.configuration({ for: data });
    expect(BenchmarkConfigurationSchema.safeParse(begin).success).toBe(true);
  }
});

it('says what a request lacks', async () => {
  await expect(semblance.benchmark.run({}, { configuration })).rejects.toMatchObject({
    code: 'USAGE',
  });
  await expect(
    semblance.benchmark.run(
      {},
      { configuration: { ...configuration, encoders: [] }, output: at('none') },
    ),
  ).rejects.toMatchObject({ code: 'CONFIG_INVALID', subject: 'the configuration' });
  expect(() => semblance.benchmark.exclusions({ output: at('none') })).toThrow(
    expect.objectContaining({ code: 'PATH_NOT_FOUND' }),
  );
});
