import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { randomFrom } from '../../domain/random.ts';
import { readEmbeddings, readInto } from './formats.ts';
import { writeHdf5 } from './hdf5.ts';
import { KeptEmbeddings } from './kept-embeddings.ts';
import { writeNpy } from './npy.ts';
import { NpyBuilder } from './npy-builder.ts';

const folder = mkdtempSync(join(tmpdir(), 'semblance-npy-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

const DIMENSION = 16;
/** Bytes of 1024 rows. */
const CHUNK = 2 ** 16;
const random = randomFrom(1);
const matrix = (from: number, count: number) => ({
  paths: Array.from({ length: count }, (_, i) => `a/${from + i}.png`),
  dimension: DIMENSION,
  values: Float32Array.from({ length: count * DIMENSION }, () => random()),
});
class Killed extends Error {}

/** Reads files into a builder, until so many entries of the last file are read. */
async function build(files: readonly string[], path: string, stopAt = Number.POSITIVE_INFINITY) {
  const builder = new NpyBuilder(path, CHUNK);
  const read: number[] = [];
  for (const [i, file] of files.entries()) {
    if (!builder.begin(i)) continue;
    await readInto(builder, file, {
      onProgress: (done) => {
        if (i === files.length - 1 && done >= stopAt) throw new Killed();
        read.push(done);
      },
    });
  }
  builder.finish('files');
  return { read, excluded: builder.excluded };
}

describe('embeddings that are collected in a file', () => {
  const files = [at('one.npy'), at('two.h5')];

  it('are those of the files, whatever was kept of a killed reading', async () => {
    const first = matrix(0, 1500);
    first.values[7 * DIMENSION] = Number.NaN;
    await writeNpy(files[0] as string, first);
    // Some of them are there again.
    await writeHdf5(files[1] as string, matrix(1400, 1300));
    const expected = await readEmbeddings(files);
    const whole = await build(files, at('whole.npy'));
    expect(whole.excluded).toEqual(expected.excluded);
    const bytes = readFileSync(at('whole.npy'));

    await expect(build(files, at('kept.npy'), 900)).rejects.toThrow(Killed);
    // The first file, and what was kept of the second, are not read again.
    const resumed = await build(files, at('kept.npy'));
    expect(resumed.read.length).toBeLessThan(700);
    expect(resumed.excluded).toEqual(expected.excluded);
    expect(readFileSync(at('kept.npy')).equals(bytes)).toBe(true);
    expect(readFileSync(at('kept.json'))).toEqual(readFileSync(at('whole.json')));

    await expect(build(files, at('cut.npy'), 900)).rejects.toThrow(Killed);
    truncateSync(at('cut.npy.part'), CHUNK + 1000);
    const journal = readFileSync(at('cut.npy.journal'), 'utf8');
    writeFileSync(at('cut.npy.journal'), journal.slice(0, -20));
    await build(files, at('cut.npy'));
    expect(readFileSync(at('cut.npy')).equals(bytes)).toBe(true);

    const kept = new KeptEmbeddings(at('kept.npy'));
    const { paths, values } = expected.matrix;
    expect(kept.paths).toEqual(paths);
    const rows = Int32Array.of(2000, 3, 3, 40, 39, paths.length - 1);
    expect(kept.take(rows)).toEqual(
      Float32Array.from(
        Array.from(rows).flatMap((row) => [
          ...values.subarray(row * DIMENSION, (row + 1) * DIMENSION),
        ]),
      ),
    );
    kept.close();
  });
});
