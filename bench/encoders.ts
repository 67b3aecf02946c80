// Full-size encoders with random weights: seconds and memory of compiling, images/s beside torch.
//   npm run bench:encoders -- [--seconds 5] [--rounds 3] [--int8] [model ...]
//   npm run bench:python    makes the environment of torch (bench/.venv); without it that side is left out
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { randomFrom } from '../src/domain/random.ts';
import type { CompileTask, RunResult, RunTask } from './encoder-child.ts';
import { FULL_SIZE, type FullSizeModel, writeCheckpoint } from './full-size.ts';

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const PYTHON = process.env.BENCH_PYTHON ?? here('.venv/bin/python');
const CHECKED = 2;
const GB = 1e9;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    int8: { type: 'boolean', default: false },
    threads: { type: 'string', default: String(availableParallelism()) },
  },
});

/** Runs a command whose last line of output is JSON. */
async function json<T>(command: string, args: readonly string[]): Promise<T> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  for await (const chunk of child.stdout) text += chunk;
  if (child.exitCode === null) await new Promise((done) => child.once('exit', done));
  if (child.exitCode !== 0) throw new Error(`${command} ended with code ${child.exitCode}.`);
  return JSON.parse(text.trim().split('\n').at(-1) as string);
}

const child = <T>(what: string, task: object) =>
  json<T>(process.execPath, [
    '--import',
    'tsx',
    here('encoder-child.ts'),
    what,
    JSON.stringify(task),
  ]);

/** The batch with the best rate. */
function best(rounds: readonly Record<number, number>[]): { batch: string; rate: number } {
  return rounds
    .flatMap((rates) => Object.entries(rates).map(([batch, rate]) => ({ batch, rate })))
    .reduce((a, b) => (b.rate > a.rate ? b : a));
}

const floats = (file: string) => {
  const bytes = readFileSync(file);
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
};

/** Largest difference over the largest value of the first. */
function difference(wanted: Float32Array, found: Float32Array): number {
  if (wanted.length !== found.length) return Number.NaN;
  let [most, largest] = [0, 0];
  wanted.forEach((value, i) => {
    most = Math.max(most, Math.abs(value - (found[i] as number)));
    largest = Math.max(largest, Math.abs(value));
  });
  return most / largest;
}

/** Least cosine of two lists of embeddings, one after the other. */
function leastCosine(a: Float32Array, b: Float32Array, dimension: number): number {
  let least = 1;
  for (let at = 0; at < a.length; at += dimension) {
    let [product, left, right] = [0, 0, 0];
    for (let i = at; i < at + dimension; i++) {
      product += (a[i] as number) * (b[i] as number);
      left += (a[i] as number) ** 2;
      right += (b[i] as number) ** 2;
    }
    least = Math.min(least, product / Math.sqrt(left * right));
  }
  return least;
}

const quantised: (string | number)[][] = [];
const compiling: (string | number)[][] = [];
const running: (string | number)[][] = [];

async function measure(name: string, model: FullSizeModel, withTorch: boolean): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'semblance-encoders-'));
  try {
    const at = (file: string) => join(folder, file);
    writeCheckpoint(model, folder);
    const weights = at('model.safetensors');
    const size = statSync(weights).size;
    const source = {
      architecture: model.architecture,
      config: model.config,
      image: model.image,
      weights,
    };
    const compiled = await child<{ seconds: number; before: number; peak: number }>('compile', {
      ...source,
      precision: 'fp32',
      towers: { vision: at('vision.onnx'), ...(model.hasText ? { text: at('text.onnx') } : {}) },
    } satisfies CompileTask);
    compiling.push([
      name,
      `${(size / GB).toFixed(2)} GB`,
      `${compiled.seconds.toFixed(1)} s`,
      `${(compiled.peak / GB).toFixed(2)} GB`,
      (compiled.peak / size).toFixed(2),
      `${(compiled.before / GB).toFixed(2)} GB`,
    ]);

    const random = randomFrom(2);
    const most = Math.max(CHECKED, ...model.batches);
    const pictures = Float32Array.from(
      { length: most * 3 * model.image ** 2 },
      () => 4 * random() - 2,
    );
    writeFileSync(at('pictures.f32'), pictures);
    const task = {
      image: model.image,
      pictures: at('pictures.f32'),
      check: CHECKED,
      batches: model.batches,
      threads: Number(values.threads),
      seconds: Number(values.seconds),
    };
    if (values.int8) {
      const towers = { vision: at('int8.onnx') };
      await child('compile', { ...source, precision: 'int8', towers } satisfies CompileTask);
    }
    const ours: RunResult[] = [];
    const bytes: RunResult[] = [];
    const theirs: { rates: Record<number, number> }[] = [];
    for (let round = 0; round < Number(values.rounds); round++) {
      ours.push(
        await child<RunResult>('run', {
          ...task,
          model: at('vision.onnx'),
          embeddings: at('ours.f32'),
        } satisfies RunTask),
      );
      if (values.int8) {
        bytes.push(
          await child<RunResult>('run', {
            ...task,
            model: at('int8.onnx'),
            embeddings: at('int8.f32'),
          } satisfies RunTask),
        );
      }
      if (!withTorch) continue;
      theirs.push(
        await json(PYTHON, [
          here('encoders.py'),
          JSON.stringify({
            ...task,
            architecture: model.architecture,
            config: at('config.json'),
            weights,
            embeddings: at('theirs.f32'),
          }),
        ]),
      );
    }
    const mine = best(ours.map(({ rates }) => rates));
    const row: (string | number)[] = [
      name,
      `${Math.min(...ours.map(({ loadSeconds }) => loadSeconds)).toFixed(1)} s`,
      `${(Math.max(...ours.map(({ peak }) => peak)) / GB).toFixed(2)} GB`,
      `${mine.rate.toFixed(2)} (${mine.batch})`,
    ];
    if (withTorch) {
      const other = best(theirs.map(({ rates }) => rates));
      row.push(
        `${other.rate.toFixed(2)} (${other.batch})`,
        (mine.rate / other.rate).toFixed(2),
        difference(floats(at('theirs.f32')), floats(at('ours.f32'))).toExponential(1),
      );
    }
    running.push(row);
    if (values.int8) {
      const eight = best(bytes.map(({ rates }) => rates));
      const size = (file: string) => statSync(at(`${file}.data`)).size;
      quantised.push([
        name,
        (size('int8.onnx') / size('vision.onnx')).toFixed(2),
        `${eight.rate.toFixed(2)} (${eight.batch})`,
        (eight.rate / mine.rate).toFixed(2),
        leastCosine(floats(at('ours.f32')), floats(at('int8.f32')), model.dimension).toFixed(5),
      ]);
    }
    console.error(`${name}: ${ours.map((r) => JSON.stringify(r.rates)).join(' ')}`);
    console.error(`  torch: ${theirs.map((r) => JSON.stringify(r.rates)).join(' ')}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function table(head: readonly string[], rows: readonly (string | number)[][]): void {
  for (const cells of [head, head.map(() => '---'), ...rows])
    console.log(`| ${cells.join(' | ')} |`);
}

const withTorch = spawnSync(PYTHON, ['-c', 'import torch, transformers']).status === 0;
if (!withTorch) console.error(`${PYTHON} has no torch and transformers: that side is left out.`);
const names =
  positionals.length > 0
    ? positionals
    : Object.keys(FULL_SIZE).filter((name) => !FULL_SIZE[name]?.optional);
for (const name of names) {
  const model = FULL_SIZE[name];
  if (model === undefined) throw new Error(`Models: ${Object.keys(FULL_SIZE).join(', ')}.`);
  await measure(name, model, withTorch);
}
console.log(`${values.threads} threads, Node ${process.version}\n`);
table(
  ['model', 'checkpoint', 'compile', 'peak memory', 'peak / checkpoint', 'of it Node alone'],
  compiling,
);
console.log();
table(
  [
    'model',
    'load',
    'peak memory',
    'images/s (batch)',
    ...(withTorch ? ['torch, images/s (batch)', 'ratio', 'difference'] : []),
  ],
  running,
);
if (values.int8) {
  console.log();
  const head = ['model', 'size', 'images/s (batch)', 'ratio to 32 bits', 'least cosine to 32 bits'];
  table(head, quantised);
}
if (!withTorch) console.log('\nNo torch: `npm run bench:python` makes its environment.');
