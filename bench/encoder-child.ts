// One measurement in a process of its own, so that its peak of memory is that of the task alone:
//   tsx bench/encoder-child.ts compile|run <JSON of the task>
// Prints one line of JSON.

import { readFileSync, writeFileSync } from 'node:fs';
import type { Precision } from '../src/domain/encoders.ts';
import { openCheckpoint } from '../src/encoding/checkpoints/open.ts';
import {
  ARCHITECTURES,
  type ArchitectureName,
} from '../src/encoding/compiler/architectures/index.ts';
import { compileTower } from '../src/encoding/compiler/compile.ts';
import { Session } from '../src/runtime/session.ts';

export interface CompileTask {
  architecture: ArchitectureName;
  config: Record<string, unknown>;
  image: number;
  weights: string;
  towers: Partial<Record<'vision' | 'text', string>>;
  precision: Precision;
}

export interface RunTask {
  model: string;
  image: number;
  /** Raw 32-bit floats of pictures; those of `check` are encoded and written to `embeddings`. */
  pictures: string;
  check: number;
  embeddings: string;
  batches: readonly number[];
  threads: number;
  /** Time of the passes of one batch. */
  seconds: number;
}

export interface RunResult {
  loadSeconds: number;
  /** Images/s by batch, of the fastest pass: what others do on the machine slows the others down. */
  rates: Record<number, number>;
  /** Largest memory of the process in bytes. */
  peak: number;
}

/** Node gives kibibytes on every system. */
const peak = () => process.resourceUsage().maxRSS * 1024;

function compile({ architecture, config, image, weights, towers, precision }: CompileTask) {
  const start = performance.now();
  const before = peak();
  const source = openCheckpoint(weights);
  const options = { image: { width: image, height: image }, config, asPublished: false, precision };
  for (const [tower, path] of Object.entries(towers)) {
    compileTower(ARCHITECTURES[architecture], tower as 'vision' | 'text', source, options, path);
  }
  source.close();
  return { seconds: (performance.now() - start) / 1000, before, peak: peak() };
}

async function run(task: RunTask): Promise<RunResult> {
  const start = performance.now();
  const session = await Session.load(task.model, { threads: task.threads });
  const loadSeconds = (performance.now() - start) / 1000;
  const bytes = readFileSync(task.pictures);
  const pictures = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const size = 3 * task.image ** 2;
  const encode = (batch: number) =>
    session.run({
      pixel_values: {
        dims: [batch, 3, task.image, task.image],
        data: pictures.subarray(0, batch * size),
      },
    });
  const { embedding } = await encode(task.check);
  writeFileSync(task.embeddings, embedding?.data as Float32Array);
  const rates: Record<number, number> = {};
  for (const batch of task.batches) {
    await encode(batch);
    let fastest = Number.POSITIVE_INFINITY;
    const end = performance.now() + task.seconds * 1000;
    do {
      const begin = performance.now();
      await encode(batch);
      fastest = Math.min(fastest, performance.now() - begin);
    } while (performance.now() < end);
    rates[batch] = batch / (fastest / 1000);
  }
  await session.release();
  return { loadSeconds, rates, peak: peak() };
}

const [, , what, json] = process.argv;
const task = JSON.parse(json ?? '');
console.log(JSON.stringify(what === 'compile' ? compile(task) : await run(task)));
