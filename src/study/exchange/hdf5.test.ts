import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SemblanceError } from '../../domain/errors/error.ts';
import { readEmbeddings } from './formats.ts';

const work = mkdtempSync(join(tmpdir(), 'semblance-hdf5-'));
afterAll(() => rmSync(work, { recursive: true }));

const vector = Float32Array.from({ length: 256 }, (_, i) => Math.floor(i / 8) / 4);

/** Filters by their registered numbers, with settings that lose nothing. */
const FILTERS: [name: string, id: number, settings: number[]][] = [
  ['gzip', 1, [4]],
  ['LZF', 32000, []],
  ['Blosc with zstd', 32001, [2, 2, 4, 1024, 5, 1, 5]],
  ['Blosc with lz4', 32001, [2, 2, 4, 1024, 5, 1, 1]],
  ['LZ4', 32004, [0]],
  ['Bitshuffle', 32008, []],
  ['zstd', 32015, [3]],
  ['bzip2', 307, [9]],
];

/** Changes two bytes of a file wherever they stand. */
function exchange(file: string, from: number, to: number): string {
  const bytes = readFileSync(file);
  const [before, after] = [Buffer.alloc(2), Buffer.alloc(2)];
  before.writeUInt16LE(from);
  after.writeUInt16LE(to);
  for (let at = bytes.indexOf(before); at >= 0; at = bytes.indexOf(before, at + 2)) {
    after.copy(bytes, at);
  }
  const other = join(work, `${to}.h5`);
  writeFileSync(other, bytes);
  return other;
}

const fileOf = (name: string) => join(work, `${name}.h5`);

// All are written before the first is read: the reader lets the library open nothing else from then on.
beforeAll(async () => {
  const { ready, File } = await import('h5wasm/node');
  const module = await ready;
  const plugins = dirname(fileURLToPath(import.meta.resolve('h5wasm-plugins')));
  module.insert_plugin_search_path(join(plugins, 'plugins'), 0);
  for (const [name, compression, settings] of FILTERS) {
    // Headers of the newest form have checksums, so that no number in them could be exchanged.
    const file = new File(fileOf(name), 'w', { libver: ['earliest', 'v110'] });
    file.create_dataset({
      name: 'a.png',
      data: vector,
      shape: [256],
      chunks: [256],
      compression,
      compression_opts: settings,
    });
    file.close();
  }
  const other = new File(fileOf('other'), 'w');
  other.create_dataset({ name: 'secret', data: vector });
  other.close();
  const linked = new File(fileOf('linked'), 'w');
  linked.create_dataset({ name: 'a.png', data: vector });
  module.create_external_link(linked.file_id, fileOf('other'), '/secret', 'b.png');
  module.create_soft_link(linked.file_id, '/a.png', 'c.png');
  module.create_soft_link(linked.file_id, '/gone', 'd.png');
  linked.close();
});

describe('an HDF5 file', () => {
  it.each(FILTERS)('compressed by %s is read', async (name) => {
    const { matrix, excluded } = await readEmbeddings([fileOf(name)]);
    expect(matrix).toEqual({ paths: ['a.png'], dimension: 256, values: vector });
    expect(excluded).toEqual([]);
    const bytes = readFileSync(fileOf(name));
    expect(bytes.length).toBeLessThan(8192);
    // The filter was at work: the numbers do not stand in the file.
    expect(bytes.includes(Buffer.from(vector.buffer))).toBe(false);
  });

  it.each([
    ['SZ3', 32024],
    ['SPERR', 32028],
    ['JPEG XL', 32027],
  ])('compressed by %s is refused by its name and number %i', async (name, id) => {
    await expect(readEmbeddings([exchange(fileOf('zstd'), 32015, id)])).rejects.toMatchObject({
      code: 'EMBEDDINGS_UNSUPPORTED',
      message: expect.stringContaining(`${name} (${id})`),
    });
  });

  it('gives nothing of another file that it names', async () => {
    const { matrix, excluded } = await readEmbeddings([fileOf('linked')]);
    expect(matrix.paths).toEqual(['a.png', 'c.png']);
    expect(excluded.map(({ subject, message }) => [subject, message])).toEqual([
      ['b.png', expect.stringMatching(/another file \(".*other\.h5"\), which is not read/)],
      ['d.png', expect.stringContaining('not a data set')],
    ]);
  });

  it('is read behind a block of the user', async () => {
    const moved = fileOf('moved');
    writeFileSync(moved, Buffer.concat([Buffer.alloc(512), readFileSync(fileOf('gzip'))]));
    await expect(readEmbeddings([moved])).resolves.toMatchObject({
      matrix: { paths: ['a.png'] },
    });
  });

  it('with any byte of its compressed numbers changed is read or refused', async () => {
    for (const [name] of FILTERS) {
      const whole = readFileSync(fileOf(name));
      for (let i = 0; i < 24; i++) {
        const bytes = Buffer.from(whole);
        const at = whole.length - 1 - Math.floor((i * Math.min(1024, whole.length)) / 24);
        bytes[at] = (bytes[at] as number) ^ 0xff;
        const file = join(work, `${name}-${i}.h5`);
        writeFileSync(file, bytes);
        try {
          await readEmbeddings([file]);
        } catch (error) {
          expect((error as SemblanceError).code).toMatch(/^EMBEDDINGS_/);
        }
      }
    }
  });
});
