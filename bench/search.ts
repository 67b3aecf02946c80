// Exact search beside faiss-cpu's flat index, in turns in one run, after some for both to get warm; medians of
// milliseconds a query. Then
// the same under filters, and the time and memory that reading the index back takes:
//   npm run bench:search -- [--rows 100000,400000,1300000] [--dimension 512] [--k 100]
//                           [--data normal,clustered,real] [--embeddings FILE.npy] [--brief]
// `real` enlarges real embeddings, a matrix of 32-bit floats as a benchmark run keeps them in its .cache, and
// has their dimension. `--brief` leaves out filters and reading back.
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { randomFrom } from '../src/domain/random.ts';
import { FlatIndex } from '../src/index/memory/flat-index.ts';
import { roomFor } from '../src/index/memory/row-matrix.ts';
import { Faiss } from './faiss.ts';

const { values: args } = parseArgs({
  options: {
    rows: { type: 'string', default: '100000,400000' },
    dimension: { type: 'string', default: '512' },
    k: { type: 'string', default: '100' },
    data: { type: 'string', default: 'normal,clustered' },
    embeddings: { type: 'string' },
    brief: { type: 'boolean', default: false },
  },
});
let dimension = Number(args.dimension);
const k = Number(args.k);
const QUERIES = 256;
const ROUNDS = 7;
/** Rounds before those that are measured: programs that are compiled while they run are quick after some time. */
const WARM = 12;
const SINGLES = 16;

const median = (list: number[]) => list.toSorted((a, b) => a - b)[list.length >> 1] as number;
const row = (...cells: (string | number)[]) => console.log(`| ${cells.join(' | ')} |`);

/**
 * Unit vectors. `normal`: independent components, the hardest for any bound, since nothing is near.
 * `clustered`: 1000 groups around a common direction. `real`: see `enlarged`.
 */
function makeVectors(kind: string, rows: number, seed: number): Float32Array {
  if (kind === 'real') return enlarged(rows, seed);
  const random = randomFrom(seed);
  const normal = () => random() + random() + random() - 1.5;
  const centresRandom = randomFrom(77);
  const centres = Float32Array.from({ length: 1001 * dimension }, () => centresRandom() - 0.5);
  const values = roomFor(rows * dimension);
  for (let start = 0; start < values.length; start += dimension) {
    const centre = (1 + Math.floor(random() * 1000)) * dimension;
    let squares = 0;
    for (let i = 0; i < dimension; i++) {
      let value = normal();
      if (kind === 'clustered') {
        value = 0.4 * value + (centres[i] as number) + (centres[centre + i] as number);
      }
      values[start + i] = value;
      squares += value * value;
    }
    const scale = 1 / Math.sqrt(squares);
    for (let i = start; i < start + dimension; i++) values[i] = (values[i] as number) * scale;
  }
  return values;
}

interface Real {
  values: Float32Array;
  /** Eight nearest rows of each row, row after row. */
  nearest: Int32Array;
}
let real: Real | undefined;

/** Real embeddings, scaled to length 1, and what is nearest to each. */
async function readReal(path: string): Promise<Real> {
  const bytes = readFileSync(path);
  const start = 10 + bytes.readUInt16LE(8);
  const shape = /'<f4'.*\((\d+), (\d+)\)/.exec(bytes.toString('latin1', 10, start));
  if (shape === null) throw new Error(`${path} is no matrix of 32-bit floats.`);
  dimension = Number(shape[2]);
  const values = new Float32Array(Uint8Array.from(bytes.subarray(start)).buffer);
  for (let at = 0; at < values.length; at += dimension) {
    let squares = 0;
    for (let i = at; i < at + dimension; i++) squares += (values[i] as number) ** 2;
    for (let i = at; i < at + dimension; i++) {
      values[i] = (values[i] as number) / Math.sqrt(squares || 1);
    }
  }
  const index = await FlatIndex.fromMatrix(dimension, values, { codes: false });
  const nearest: number[] = [];
  for await (const { ids } of index.searchMatrix(values, 8)) nearest.push(...ids);
  await index.release();
  return { values, nearest: Int32Array.from(nearest) };
}

/** Each a mixture of a real embedding and one of its neighbours, with noise of a tenth of its length. */
function enlarged(rows: number, seed: number): Float32Array {
  const { values, nearest } = real as Real;
  const random = randomFrom(seed);
  const mixed = roomFor(rows * dimension);
  const noise = 0.1 * Math.sqrt(12 / dimension);
  for (let start = 0; start < mixed.length; start += dimension) {
    const one = Math.floor((random() * values.length) / dimension);
    const other = nearest[8 * one + Math.floor(8 * random())] as number;
    const share = random();
    let squares = 0;
    for (let i = 0; i < dimension; i++) {
      const a = values[one * dimension + i] as number;
      const b = values[other * dimension + i] as number;
      const value = a + share * (b - a) + noise * (random() - 0.5);
      mixed[start + i] = value;
      squares += value * value;
    }
    for (let i = start; i < start + dimension; i++) {
      mixed[i] = (mixed[i] as number) / Math.sqrt(squares);
    }
  }
  return mixed;
}

function writeFloats(file: string, values: Float32Array): void {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const fd = openSync(file, 'w');
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes.subarray(at, at + 2 ** 26));
  closeSync(fd);
}

/** Answers of both, and whether they are the same but for faiss's rounding of near-ties. */
function sameAnswers(
  values: Float32Array,
  queries: Float32Array,
  ours: number[],
  theirs: number[],
) {
  const score = (query: number, id: number) => {
    let sum = 0;
    for (let i = 0; i < dimension; i++) {
      sum += (queries[query * dimension + i] as number) * (values[id * dimension + i] as number);
    }
    return sum;
  };
  return ours.every((id, i) => {
    const query = Math.floor(i / k);
    const other = theirs[i] as number;
    return id === other || Math.abs(score(query, id) - score(query, other)) < 1e-6;
  });
}

/** Reads it with the built program, in a process of its own. */
function loaded(path: string): string {
  const script = fileURLToPath(new URL('load-index.mjs', import.meta.url));
  const options = [script, path, String(dimension), String(k)];
  return spawnSync(process.execPath, options, { encoding: 'utf8' }).stdout.trim();
}

/** One query under filters that keep a share of the rows, drawn anew and used again. */
async function benchFilters(size: string, index: FlatIndex, queries: Float32Array): Promise<void> {
  const random = randomFrom(9);
  for (const share of [1, 0.1, 0.01, 0.001]) {
    const [first, again]: [number[], number[]] = [[], []];
    for (let round = 0; round < 7; round++) {
      const query = queries.subarray(round * dimension, (round + 1) * dimension);
      const allowed = new Set<number>();
      for (let id = 0; id < index.size; id++) if (random() < share) allowed.add(id);
      for (const times of [first, again]) {
        const begin = performance.now();
        await index.search([query], k, { allowed });
        times.push(performance.now() - begin);
      }
    }
    const name = `one query, filter keeps ${100 * share} %`;
    const note = `${median(first).toFixed(2)} ms with a new filter`;
    row(size, name, median(again).toFixed(2), '', '', note);
  }
}

async function bench(kind: string, rows: number, folder: string): Promise<void> {
  dimension = Number(args.dimension);
  if (kind === 'real') {
    if (args.embeddings === undefined) throw new Error('`real` needs --embeddings FILE.npy.');
    real = await readReal(args.embeddings);
  }
  const values = makeVectors(kind, rows, 1);
  const queries = makeVectors(kind, QUERIES, 2);
  const files = { rows: join(folder, 'rows.f32'), queries: join(folder, 'queries.f32') };
  writeFloats(files.rows, values);
  writeFloats(files.queries, queries);
  const start = performance.now();
  const index = await FlatIndex.fromMatrix(dimension, values, { codes: true });
  const build = (performance.now() - start) / 1000;
  const faiss = await Faiss.load(files.rows, files.queries, dimension);
  const vector = (q: number) => queries.subarray(q * dimension, (q + 1) * dimension);

  const times = { one: [] as number[], many: [] as number[] };
  const theirs = { one: [] as number[], many: [] as number[] };
  let same = true;
  const ours = async (round: number) => {
    for (let i = 0; i < SINGLES; i++) {
      const begin = performance.now();
      await index.search([vector((round * SINGLES + i) % QUERIES)], k);
      times.one.push(performance.now() - begin);
    }
    const begin = performance.now();
    const found: Int32Array[] = [];
    for await (const { ids } of index.searchMatrix(queries, k)) found.push(ids);
    times.many.push((performance.now() - begin) / QUERIES);
    return found.flatMap((ids) => [...ids]);
  };
  const others = async (round: number) => {
    if (typeof faiss === 'string') return undefined;
    for (let i = 0; i < SINGLES; i++) {
      theirs.one.push((await faiss.search((round * SINGLES + i) % QUERIES, 1, k)).milliseconds);
    }
    const { milliseconds, ids } = await faiss.search(0, QUERIES, k);
    theirs.many.push(milliseconds / QUERIES);
    return ids;
  };
  for (let round = 0; round < WARM + ROUNDS; round++) {
    if (round === WARM) for (const list of [times, theirs]) [list.one, list.many] = [[], []];
    const answers = new Map<string, number[] | undefined>();
    const turns = [['ours', ours] as const, ['theirs', others] as const];
    for (const [name, turn] of round % 2 === 0 ? turns : turns.reverse()) {
      answers.set(name, await turn(round));
      // Threads of the one that has just worked go to sleep.
      await setTimeout(50);
    }
    const other = answers.get('theirs');
    if (other) same &&= sameAnswers(values, queries, answers.get('ours') as number[], other);
  }
  const size = `${rows} x ${dimension}, ${kind}`;
  for (const [name, mine, his] of [
    ['one query', times.one, theirs.one],
    [`${QUERIES} at once`, times.many, theirs.many],
  ] as const) {
    const other = his.length === 0 ? undefined : median(his);
    row(
      size,
      name,
      median(mine).toFixed(2),
      other?.toFixed(2) ?? (faiss as string),
      other === undefined ? '' : (median(mine) / other).toFixed(3),
      other === undefined ? '' : same ? 'same answers' : 'OTHER ANSWERS',
    );
  }
  if (typeof faiss !== 'string') faiss.close();
  if (typeof faiss !== 'string') notes.push(faiss.title);
  if (args.brief) {
    notes.push(`${size}: built in ${build.toFixed(1)} s`);
    await index.release();
    return;
  }
  const key = { fingerprint: 'bench', state: 'bench', generation: 1, dimension };
  await benchFilters(size, index, queries);
  const path = join(folder, 'kept.index');
  await index.save(path, key);
  await index.release();
  const plain = await FlatIndex.fromMatrix(dimension, values, { codes: false });
  notes.push(`${size}: built in ${build.toFixed(1)} s; ${loaded(path)}`);
  await plain.save(path, key);
  await plain.release();
  notes.push(`${size}, without codes: ${loaded(path)}`);
}

/** What is said after the table. */
const notes: string[] = [];
console.log(
  `${availableParallelism()} cores (${cpus()[0]?.model}), Node ${process.version}, k = ${k}\n`,
);
row('vectors', 'search', 'ms a query', 'faiss', 'ratio', 'check');
row('---', '---', '---', '---', '---', '---');
const folder = mkdtempSync(join(tmpdir(), 'semblance-bench-'));
try {
  for (const rows of args.rows.split(',').map(Number)) {
    for (const kind of args.data.split(',')) await bench(kind, rows, folder);
  }
  console.log(`\n${[...new Set(notes)].join('\n')}`);
} finally {
  rmSync(folder, { recursive: true });
}
