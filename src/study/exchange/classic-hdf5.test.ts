import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { toFloats } from '../../encoding/checkpoints/dtype.ts';
import { RangeFile } from '../../encoding/checkpoints/file.ts';
import { ClassicHdf5 } from './classic-hdf5.ts';
import { LibraryFile } from './hdf5-library.ts';

const work = mkdtempSync(join(tmpdir(), 'semblance-hdf5-'));
afterAll(() => rmSync(work, { recursive: true }));
const file = join(work, 'mixed.h5');
const newest = join(work, 'newest.h5');
const small = join(work, 'small.h5');

const floats = (seed: number) => Float32Array.from({ length: 16 }, (_, i) => seed + i / 16);

beforeAll(async () => {
  const { ready, File } = await import('h5wasm/node');
  const module = await ready;
  const mixed = new File(file, 'w', { libver: ['earliest', 'v110'] });
  for (const group of ['a', 'a/deep', 'a/deep/er', 'b', 'empty']) mixed.create_group(group);
  // More than one node of a tree holds, and more than one above it.
  for (let i = 0; i < 700; i++) {
    mixed.create_dataset({ name: `b/${(7919 * i) % 700}.png`, data: floats(i) });
  }
  mixed.create_dataset({ name: 'a/row.png', data: floats(1), shape: [1, 16] });
  mixed.create_dataset({ name: 'a/ä.png', data: floats(2) });
  mixed.create_dataset({ name: 'a/deep/double.png', data: new Float64Array(floats(3)) });
  mixed.create_dataset({ name: 'a/deep/er/x.png', data: floats(4) });
  const described = mixed.create_dataset({ name: 'a/described.png', data: floats(5) });
  // So many that they do not fit into the header's first block.
  for (let i = 0; i < 30; i++) described.create_attribute(`attribute ${i}`, 'some text');
  mixed.create_dataset({ name: 'chunks.png', data: floats(6), chunks: [4] });
  mixed.create_dataset({ name: 'packed.png', data: floats(7), chunks: [16], compression: 4 });
  mixed.create_dataset({ name: 'numbers.png', data: new Int32Array(16) });
  mixed.create_dataset({ name: 'matrix.png', data: floats(8), shape: [4, 4] });
  module.create_soft_link(mixed.file_id, '/a/row.png', 'link.png');
  module.create_hard_link(mixed.file_id, '/a/row.png', 'twin.png');
  module.create_hard_link(mixed.file_id, '/b', 'again');
  mixed.close();
  const few = new File(small, 'w', { libver: ['earliest', 'v110'] });
  few.create_group('a');
  for (const name of ['a/1.png', 'a/2.png', '3.png']) few.create_dataset({ name, data: floats(1) });
  few.close();
  const other = new File(newest, 'w');
  other.create_dataset({ name: 'a.png', data: floats(1) });
  other.close();
});

it('in the plain form has the members and numbers that the library reads', async () => {
  const range = new RangeFile(file, 'EMBEDDINGS_INVALID');
  const library = await LibraryFile.open(range);
  const classic = ClassicHdf5.open(range) as ClassicHdf5;
  const members = [...classic.members()];
  expect(members.map(({ name }) => name)).toEqual(library.names());
  expect(classic.count).toBe(members.length);
  for (const { name, vector } of members) {
    if (vector === undefined) continue;
    expect(toFloats(classic.bytes(vector), vector.dtype)).toEqual(library.vector(name));
  }
  const others = members.filter(({ vector }) => vector === undefined).map(({ name }) => name);
  expect(others.sort()).toEqual(
    ['b', 'chunks.png', 'empty', 'link.png', 'matrix.png', 'numbers.png', 'packed.png'].sort(),
  );
  library.close();
  range.close();
});

it('cut anywhere or with any byte changed gives members, or is left to the library', () => {
  const whole = readFileSync(small);
  const changed = join(work, 'changed.h5');
  const read = (bytes: Buffer) => {
    writeFileSync(changed, bytes);
    const range = new RangeFile(changed, 'EMBEDDINGS_INVALID');
    const classic = ClassicHdf5.open(range);
    for (const { vector } of classic?.members() ?? []) if (vector) classic?.bytes(vector);
    range.close();
    return classic !== undefined;
  };
  expect(read(whole)).toBe(true);
  for (let length = 0; length < whole.length; length += 37) {
    expect(read(whole.subarray(0, length))).toBe(false);
  }
  for (let at = 0; at < whole.length; at += 5) {
    const bytes = Buffer.from(whole);
    bytes[at] = (bytes[at] as number) ^ (1 + (at % 255));
    expect(() => read(bytes)).not.toThrow();
  }
});

it('of another form is left to the library', () => {
  const range = new RangeFile(newest, 'EMBEDDINGS_INVALID');
  expect(ClassicHdf5.open(range)).toBeUndefined();
  range.close();
});
