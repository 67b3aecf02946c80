import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { killWhen, MOMENTS, resultsOf } from '../bench/study/kill.ts';
import { randomFrom } from '../src/domain/random.ts';
import { writeHdf5 } from '../src/study/exchange/hdf5.ts';
import { run, start, temporaryFolder } from './program.ts';

const temporary = temporaryFolder();
const at = (path: string) => join(temporary.path, path);
afterAll(() => temporary.remove());

const IMAGES = 1500;
const DIMENSION = 16;
const CLASSES = 3;

describe('a run that is killed at ten moments', () => {
  it('gives the same bytes as one that is not', async () => {
    const paths = Array.from({ length: IMAGES }, (_, i) => `set/${i}.png`);
    const random = randomFrom(1);
    for (const name of ['first', 'second']) {
      mkdirSync(at(name));
      const values = Float32Array.from({ length: IMAGES * DIMENSION }, (_, cell) => {
        const label = Math.floor(cell / DIMENSION) % CLASSES;
        return Number(cell % DIMENSION === label) + random() - 0.5;
      });
      await writeHdf5(at(`${name}/set.h5`), { paths, dimension: DIMENSION, values });
    }
    const rows = paths.map((path, i) => {
      const split = i % 5 === 0 ? 'test' : i % 5 === 1 ? 'val' : 'train';
      const flags = Array.from({ length: CLASSES }, (_, c) => Number(c === i % CLASSES));
      return [path, 'set', split, 'XR', 'chest', `p${i >> 2}`, ...flags].join();
    });
    const head = 'filepath,dataset,split,modality,anatomic_region,patient,a,b,c';
    writeFileSync(at('data.csv'), [head, ...rows, ''].join('\n'));
    const config = {
      data: { csv: 'data.csv' },
      encoders: ['first', 'second'].map((name) => ({ name, embeddings: name })),
      analyses: ['index-size', 'hubness', 'groups'],
      replicates: 200,
    };
    writeFileSync(at('config.json'), JSON.stringify(config));
    const command = (output: string) => [
      ...['--home', at('home'), 'benchmark', 'run', at('config.json'), '-o', at(output)],
    ];
    expect((await run(command('whole'))).code).toBe(0);
    const stepsIn = (folder: string) =>
      existsSync(at(`${folder}/.cache`)) ? readdirSync(at(`${folder}/.cache`)).length : 0;
    const steps = stepsIn('whole');

    for (let moment = 1; moment <= MOMENTS; moment++) {
      const signal = await killWhen(
        start(command('killed')),
        () => stepsIn('killed') >= (steps * moment) / (MOMENTS + 1),
      );
      expect(signal, `moment ${moment}`).toBe('SIGKILL');
    }
    expect((await run(command('killed'))).code).toBe(0);
    expect(resultsOf(at('killed'))).toEqual(resultsOf(at('whole')));
  }, 300_000);
});
