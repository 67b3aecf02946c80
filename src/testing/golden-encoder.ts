import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Precision } from '../domain/encoders.ts';
import { openCheckpoint } from '../encoding/checkpoints/open.ts';
import { openSafetensors } from '../encoding/checkpoints/safetensors.ts';
import type { Architecture } from '../encoding/compiler/architecture.ts';
import { compileTower, TOKENS_FILE } from '../encoding/compiler/compile.ts';
import { Session, type Tensor } from '../runtime/session.ts';
import { hasShared, sharedPath } from './shared.ts';

/** Whether the goldens of the encoders are there. */
export const hasGoldens = hasShared('goldens/encoders/vit/ABOUT.md');

/** What to compile and compare. */
export interface GoldenCase {
  architecture: Architecture;
  /** Folder below the encoders' goldens. */
  folder: string;
  /** File of the checkpoint. */
  file: string;
  /** Configuration file, read if given, and values that it lacks. */
  config?: string;
  settings?: Record<string, unknown>;
  tower?: 'vision' | 'text';
  asPublished?: boolean;
  precision?: Precision;
  /** Names of the input and the expected output. */
  input?: string;
  output?: string;
  /** Compare the mean of the tokens, in place of the embedding. */
  meanToken?: boolean;
}

/** Mean over rows and columns of [batch, rows, columns, width]. */
function meanOf({ dims, data }: Tensor): Float32Array {
  const [batch, rows, columns, width] = dims as [number, number, number, number];
  const mean = new Float32Array(batch * width);
  for (const [i, value] of (data as Float32Array).entries()) {
    const at = Math.floor(i / (rows * columns * width)) * width + (i % width);
    mean[at] = (mean[at] as number) + value / (rows * columns);
  }
  return mean;
}

/**
 * Compiles a golden checkpoint, runs it on the golden input and gives the largest absolute difference
 * over the largest absolute expected value.
 */
export async function goldenDifference(test: GoldenCase): Promise<number> {
  const root = sharedPath(`goldens/encoders/${test.folder}/`);
  const inputs = openSafetensors(join(root, 'input.safetensors'));
  const expected = openSafetensors(join(root, 'expected.safetensors'));
  const checkpoint = openCheckpoint(join(root, 'checkpoint', test.file));
  const work = mkdtempSync(join(tmpdir(), 'semblance-golden-'));
  try {
    const tower = test.tower ?? 'vision';
    const name = test.input ?? (tower === 'vision' ? 'pixel_values' : 'input_ids');
    const dims = inputs.info(name)?.shape ?? [];
    const config = {
      ...test.settings,
      ...(test.config
        ? JSON.parse(readFileSync(join(root, 'checkpoint', test.config), 'utf8'))
        : {}),
    };
    const image = { width: dims[3] ?? 1, height: dims[2] ?? 1 };
    const path = join(work, 'model.onnx');
    const { asPublished = false, precision = 'fp32' } = test;
    const options = { image, config, asPublished, precision };
    compileTower(test.architecture, tower, checkpoint, options, path);
    const graph = test.meanToken ? join(work, TOKENS_FILE) : path;
    const session = await Session.load(graph, { threads: 2 });
    const values = inputs.floats(name);
    const data = tower === 'vision' ? values : BigInt64Array.from(values, (v) => BigInt(v));
    const feeds: Record<string, Tensor> = {
      [tower === 'vision' ? 'pixel_values' : 'input_ids']: { dims, data },
    };
    if (session.inputNames.includes('noise')) {
      feeds.noise = { dims: inputs.info('noise')?.shape ?? [], data: inputs.floats('noise') };
    }
    const { embedding, tokens } = await session.run(feeds);
    await session.release();
    const wanted = expected.floats(
      test.output ?? (tower === 'vision' ? 'embedding' : 'text_embedding'),
    );
    const found = tokens ? meanOf(tokens) : (embedding?.data as Float32Array);
    if (found.length !== wanted.length) return Number.POSITIVE_INFINITY;
    const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    // NaN must not pass as a small difference, so the maximum is kept by hand.
    let difference = 0;
    found.forEach((value, i) => {
      const one = Math.abs(value - (wanted[i] as number));
      if (!(one <= difference)) difference = one;
    });
    return difference / largest;
  } finally {
    for (const source of [inputs, expected, checkpoint]) source.close();
    rmSync(work, { recursive: true, force: true });
  }
}
