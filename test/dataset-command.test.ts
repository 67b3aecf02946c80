import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeChexpert, writeInto } from '../src/testing/official-layouts.ts';
import { run, temporaryFolder } from './program.ts';

const temporary = temporaryFolder();
const csv = join(temporary.path, 'chexpert.csv');
beforeAll(() => writeChexpert(join(temporary.path, 'CheXpert-v1.0')));
afterAll(() => temporary.remove());

describe('semblance dataset', () => {
  it('prepares, merges and checks; fails on a leak only when asked', async () => {
    const prepared = await run([
      'dataset',
      'prepare',
      'chexpert',
      temporary.path,
      '-o',
      csv,
      '--json',
    ]);
    expect(prepared.code).toBe(0);
    const { written, patients, missing } = JSON.parse(prepared.stdout);
    expect(missing).toEqual([]);
    expect(readFileSync(patients, 'utf8').trim().split('\n')).toHaveLength(written + 1);

    // The same image once more, as a patient of another split.
    const lines = readFileSync(csv, 'utf8').split('\n');
    const leak = (lines[1] as string).replace(',train,', ',test,');
    const other = writeInto(temporary.path, 'other.csv', `${lines[0]}\n${leak}\n`);
    expect((await run(['dataset', 'check', csv, '--strict'])).code).toBe(0);
    const checked = await run(['dataset', 'check', csv, other, '--strict', '--json']);
    expect(checked.code).toBe(1);
    expect(JSON.parse(checked.stdout).leaks.files).toMatchObject([
      { code: 'ROW_REPEATED_IN_SPLITS', subject: `${other}:2` },
    ]);
    expect((await run(['dataset', 'check', csv, other])).code).toBe(0);

    mkdirSync(join(temporary.path, 'below'));
    const all = join(temporary.path, 'below/all.csv');
    const merged = await run(['dataset', 'merge', csv, other, '-o', all, '--json']);
    expect(JSON.parse(merged.stdout)).toMatchObject({ images: written, excluded: [{}] });
    // Paths lead from the new place to the same files.
    const after = JSON.parse((await run(['dataset', 'check', all, '--json'])).stdout);
    expect(after).toMatchObject({ images: written, withoutPatient: 0, missing: [], excluded: [] });
  });

  it('has help and coded errors as commands of the first level have', async () => {
    expect((await run(['help', 'dataset', 'prepare'])).stdout).toContain('--as-published');
    for (const args of [
      ['dataset', 'check'],
      ['dataset', 'prepare', 'other', '.', '-o', csv],
    ]) {
      const { code, stderr } = await run([...args, '--json']);
      expect(code).toBe(2);
      expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'USAGE' } });
    }
  });
});
