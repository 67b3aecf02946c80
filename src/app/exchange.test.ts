import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomFrom } from '../domain/random.ts';
import { readEmbeddings } from '../study/exchange/formats.ts';
import { writeNpy } from '../study/exchange/npy.ts';
import { Semblance } from './semblance.ts';

/** More than one piece of an export, and than a slice of time. */
const ROWS = 9000;
const DIMENSION = 16;

describe('an exchange', () => {
  const work = mkdtempSync(join(tmpdir(), 'semblance-exchange-'));
  const csv = join(work, 'data.csv');
  const npy = join(work, 'given.npy');
  const random = randomFrom(3);
  const given = {
    paths: Array.from({ length: ROWS }, (_, i) => `f/${i}.png`),
    dimension: DIMENSION,
    values: Float32Array.from({ length: ROWS * DIMENSION }, () => random() - 0.5),
  };
  let semblance: Semblance;
  const request = { collection: 'c', files: [npy], encoder: 'theirs', csv: [csv] };
  beforeAll(async () => {
    const rows = given.paths.map((path, i) => `${path},${i % 3}`);
    writeFileSync(csv, ['filepath,third', ...rows].join('\n'));
    await writeNpy(npy, given);
    semblance = await Semblance.open({ home: join(work, 'home') });
  });
  afterAll(async () => {
    await semblance.close();
    rmSync(work, { recursive: true });
  });

  it.each(['bytes', 'embeddings'])(
    'is ended while it reads %s, and nothing is written',
    async (unit) => {
      const controller = new AbortController();
      const seen: string[] = [];
      const progress = (_: number, __: number | undefined, phase: { unit: string }) => {
        seen.push(phase.unit);
        if (phase.unit === unit) controller.abort();
      };
      const result = await semblance.exchange.import(
        { signal: controller.signal, progress },
        request,
      );
      expect(result).toMatchObject({ imported: 0, complete: false });
      expect(seen).not.toContain('images');
      expect(seen.filter((each) => each === unit).length).toBeLessThan(ROWS);
      expect(semblance.collections.list()).toEqual([]);
    },
  );

  it.each(['.npy', '.h5', '.csv', '.parquet', '.index'])(
    'gives back in %s what was given',
    async (ending) => {
      const { tables } = await semblance.exchange.import({}, request);
      expect(tables[0]?.notes).toContainEqual(
        expect.stringMatching(/^The patient of no image is known/),
      );
      const to = join(work, `back${ending}`);
      const units = new Set<string>();
      const progress = (_: number, __: number | undefined, { unit }: { unit: string }) =>
        units.add(unit);
      const where = 'third=1';
      const asked = { collection: 'c', to, where };
      const result = await semblance.exchange.export({ progress }, asked);
      expect(result).toMatchObject({ embeddings: ROWS / 3, dimension: DIMENSION, excluded: [] });
      expect([...units]).toEqual(['embeddings']);
      const { matrix } = await readEmbeddings([to]);
      const rowOf = new Map(matrix.paths.map((path, row) => [path, row]));
      for (let i = 1; i < ROWS; i += 3) {
        const row = rowOf.get(given.paths[i] as string) as number;
        const got = matrix.values.slice(row * DIMENSION, (row + 1) * DIMENSION);
        const want = given.values.slice(i * DIMENSION, (i + 1) * DIMENSION);
        const norm = ending === '.index' ? Math.hypot(...want) : 1;
        expect(
          Math.max(...got.map((x, j) => Math.abs(x - (want[j] as number) / norm))),
        ).toBeLessThan(1e-6);
      }
    },
  );

  it.each(['.npy', '.h5', '.csv', '.parquet'])(
    'to %s is ended without leaving half a file',
    async (ending) => {
      await semblance.exchange.import({}, request);
      const to = join(work, `half${ending}`);
      for (const end of [ROWS / 2, ROWS + 5000]) {
        const controller = new AbortController();
        let told = 0;
        const progress = () => {
          if (++told === end) controller.abort(new Error('ended'));
        };
        await expect(
          semblance.exchange.export(
            { signal: controller.signal, progress },
            { collection: 'c', to },
          ),
        ).rejects.toThrow('ended');
        expect(existsSync(to)).toBe(false);
        expect(readdirSync(work).filter((name) => name.includes('.part'))).toEqual([]);
      }
    },
  );
});
