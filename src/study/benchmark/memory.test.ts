import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, expect, it } from 'vitest';
import { randomFrom } from '../../domain/random.ts';
import { writeNpy } from '../exchange/npy.ts';
import { parseConfig } from './config.ts';
import { runBenchmark } from './run.ts';

const folder = mkdtempSync(join(tmpdir(), 'semblance-benchmark-'));
const at = (path: string) => join(folder, path);
afterAll(() => rmSync(folder, { recursive: true }));

const IMAGES = 5000;
const DIMENSION = 8;
const NEIGHBOURS = 100;
const splitOf = (i: number) => (i % 5 === 0 ? 'test' : i % 5 === 1 ? 'val' : 'train');

/** Bytes of typed arrays that somebody still holds. */
async function heldBytes(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // What a collection sets free may be counted with the next one.
  for (let i = 0; i < 3; i++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().arrayBuffers;
}

it('what a run gives back holds neither the neighbours nor the embeddings of its encoders', async () => {
  const paths = Array.from({ length: IMAGES }, (_, i) => `d/${i}.png`);
  const rows = paths.map((path, i) =>
    [path, 'd', splitOf(i), 'XR', 'chest', `p${i}`, i % 2, 1 - (i % 2)].join(),
  );
  const head = 'filepath,dataset,split,modality,anatomic_region,patient,XR/chest/a,XR/chest/b';
  writeFileSync(at('data.csv'), [head, ...rows, ''].join('\n'));
  const names = ['first', 'second', 'third'];
  for (const [seed, name] of names.entries()) {
    const random = randomFrom(seed);
    const values = Float32Array.from(
      { length: IMAGES * DIMENSION },
      (_, cell) => +(cell % DIMENSION === Math.floor(cell / DIMENSION) % 2) + random() - 0.5,
    );
    await writeNpy(at(`${name}.npy`), { paths, dimension: DIMENSION, values });
  }
  const configured = parseConfig(
    {
      data: { csv: 'data.csv' },
      encoders: names.map((name) => ({ name, embeddings: `${name}.npy` })),
      ...{ linearProbe: true, analyses: [], replicates: 100 },
    },
    at('config.json'),
  );
  const before = await heldBytes();
  const { details } = await runBenchmark(configured, {
    output: at('out'),
    encodersFolder: at('none'),
  });
  const table = 8 * NEIGHBOURS * 2 * (IMAGES / 5);
  expect((await heldBytes()) - before).toBeLessThan(table);
  expect(details.probabilities.size).toBe(names.length);
}, 120_000);
