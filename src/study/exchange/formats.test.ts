import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EmbeddingMatrix } from '../../domain/embedding-matrix.ts';
import { SemblanceError } from '../../domain/errors/error.ts';
import { FORMATS, formatOf, readEmbeddings } from './formats.ts';
import { findRows } from './select.ts';

/** Matrices of any finite 32-bit floats (a zero has no sign in a CSV) under any paths with folders. */
const matrices = fc
  .record({
    steps: fc.uniqueArray(fc.stringMatching(/^[\p{L}\d _,"()-]*[\p{L}\d]$/u), {
      minLength: 1,
      maxLength: 12,
    }),
    dimension: fc.integer({ min: 1, max: 9 }),
  })
  .chain(({ steps, dimension }) =>
    fc
      .array(fc.float({ noNaN: true, noDefaultInfinity: true }), {
        minLength: steps.length * dimension,
        maxLength: steps.length * dimension,
      })
      .map((values): EmbeddingMatrix => {
        const paths = steps.map((step, i) => `set/${i % 3}/${step.trim()} ${i}.png`);
        return { paths, dimension, values: Float32Array.from(values, (value) => value + 0) };
      }),
  );

const example: EmbeddingMatrix = {
  paths: ['a/1.png', 'a/2.png', 'b/3.png'],
  dimension: 4,
  values: Float32Array.from({ length: 12 }, (_, i) => i / 3 - 1),
};

describe('formats', () => {
  let work: string;
  let counter = 0;
  const fresh = (name: string) => join(work, `${counter++}${name}`);
  beforeAll(() => {
    work = mkdtempSync(join(tmpdir(), 'semblance-formats-'));
  });
  afterAll(() => rmSync(work, { recursive: true }));
  const code = (files: string[], paths?: string) =>
    readEmbeddings(files, paths === undefined ? {} : { paths }).then(
      () => 'read',
      (error) => (error instanceof SemblanceError ? error.code : `not coded: ${error.stack}`),
    );

  it.each(FORMATS.map(({ name, endings }) => [name, endings[0] as string]))(
    '%s gives back what it was given',
    async (_, ending) => {
      const property = fc.asyncProperty(matrices, async (matrix) => {
        const file = fresh(ending);
        await formatOf(file).write(file, matrix);
        const read = await readEmbeddings([file]);
        expect(read.excluded).toEqual([]);
        const { rows, missing } = findRows(read.matrix, matrix.paths);
        expect(missing).toEqual([]);
        rows.forEach((row, i) => {
          const at = (r: number) => r * matrix.dimension;
          expect(read.matrix.values.slice(at(row), at(row + 1))).toEqual(
            matrix.values.slice(at(i), at(i + 1)),
          );
        });
      });
      await fc.assert(property, { numRuns: 40 });
    },
  );

  it('reads numpy matrices of every float type, byte order and axis order', async () => {
    const { paths, dimension, values } = example;
    const sizes = { f4: 4, f8: 8 } as const;
    for (const order of ['<', '>'] as const) {
      for (const type of ['f4', 'f8'] as const) {
        for (const fortran of [false, true]) {
          const file = fresh('.npy');
          const text = `{'descr': '${order}${type}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (3, 4), }\n`;
          const data = new DataView(new ArrayBuffer(12 * sizes[type]));
          values.forEach((value, i) => {
            const [row, column] = [Math.floor(i / dimension), i % dimension];
            const at = (fortran ? column * paths.length + row : i) * sizes[type];
            if (type === 'f4') data.setFloat32(at, value, order === '<');
            else data.setFloat64(at, value, order === '<');
          });
          const lead = Buffer.from('\x93NUMPY\x02\x00\x00\x00\x00\x00', 'latin1');
          lead.writeUInt32LE(text.length, 8);
          writeFileSync(file, Buffer.concat([lead, Buffer.from(text), Buffer.from(data.buffer)]));
          writeFileSync(file.replace('.npy', '.txt'), `${paths.join('\n')}\n`);
          expect((await readEmbeddings([file])).matrix).toEqual(example);
        }
      }
    }
  });

  it.each([
    ['txt', 'lines', 'a b.png\nc.png\nd,e.png\n'],
    ['txt', 'lines of Windows', 'a b.png\r\nc.png\r\nd,e.png'],
    ['txt', 'lines of old Macs', 'a b.png\rc.png\rd,e.png\r'],
    ['txt', 'blank lines', '\na b.png\n\n  \nc.png\nd,e.png\n\n'],
    ['txt', 'quoted lines', '"a b.png"\n"c.png"\n"d,e.png"\n'],
    ['json', 'JSON', '["a b.png", "c.png",\r\n "d,e.png"]'],
    ['csv', 'a CSV', 'filepath\na b.png\nc.png\n"d,e.png"\n'],
    ['csv', 'a CSV of Windows', 'filepath\r\na b.png\r\nc.png\r\n"d,e.png"\r\n'],
    ['csv', 'a CSV with semicolons', 'n;filepath\n1;a b.png\n2;c.png\n3;d,e.png\n'],
    ['csv', 'a CSV with tabs', 'Filepath\tn\na b.png\t1\nc.png\t2\nd,e.png\t3\n'],
    ['csv', 'a CSV without a heading', 'a b.png\nc.png\n"d,e.png"\n'],
  ])('reads the list of paths of a matrix, .%s: %s, in any encoding', async (ending, _, text) => {
    const file = fresh('.npy');
    await formatOf(file).write(file, example);
    rmSync(file.replace('.npy', '.json'));
    const big = Buffer.from(`\ufeff${text}`, 'utf16le').swap16();
    for (const bytes of [text, `\ufeff${text}`, Buffer.from(`\ufeff${text}`, 'utf16le'), big]) {
      const list = fresh(`.${ending}`);
      writeFileSync(list, bytes);
      const { matrix } = await readEmbeddings([file], { paths: list });
      expect(matrix.paths).toEqual(['a b.png', 'c.png', 'd,e.png']);
    }
  });

  it('names archives of arrays and arrays that are no matrices of floats', async () => {
    expect(await code([join(work, 'x.npz')])).toBe('EMBEDDINGS_UNSUPPORTED');
    for (const [descr, shape, expected] of [
      ["'|O'", '(3, 4)', 'EMBEDDINGS_UNSUPPORTED'],
      ["[('a', '<f4'), ('b', '<f4')]", '(3,)', 'EMBEDDINGS_UNSUPPORTED'],
      ["'<i8'", '(3, 4)', 'EMBEDDINGS_UNSUPPORTED'],
      ["'<c8'", '(3, 4)', 'EMBEDDINGS_UNSUPPORTED'],
      ["'<f4'", '(12,)', 'EMBEDDINGS_UNSUPPORTED'],
      ["'<f4'", '(3L, 4L)', 'read'],
    ] as const) {
      const file = fresh('.npy');
      const text = `{'descr': ${descr}, 'fortran_order': False, 'shape': ${shape}, }\n`;
      const lead = Buffer.from('\x93NUMPY\x01\x00\x00\x00', 'latin1');
      lead.writeUInt16LE(text.length, 8);
      writeFileSync(file, Buffer.concat([lead, Buffer.from(text), Buffer.alloc(48, 1)]));
      writeFileSync(file.replace('.npy', '.txt'), 'a\nb\nc\n');
      expect(await code([file])).toBe(expected);
    }
  });

  it('reads whole embeddings in one column of a CSV', async () => {
    const file = fresh('.csv');
    writeFileSync(file, 'filepath,embedding\na,"[1, -2e-3]"\nb,3 4\n');
    expect((await readEmbeddings([file])).matrix).toEqual({
      paths: ['a', 'b'],
      dimension: 2,
      values: Float32Array.of(1, -2e-3, 3, 4),
    });
  });

  it('lists what it leaves out: no number, too large, other length, again, no path', async () => {
    const [first, second] = [fresh('.csv'), fresh('.csv')];
    writeFileSync(
      first,
      'filepath,e0,e1\nok,1,2\nnan,nan,1\nblank,,1\nlarge,1e39,1\ninf,inf,1\nshort,1\n,1,2\n',
    );
    writeFileSync(second, 'filepath,e0,e1,e2\nlong,1,2,3\nok,1,2,3\n');
    const { matrix, excluded } = await readEmbeddings([first, second]);
    expect(matrix).toEqual({ paths: ['ok'], dimension: 2, values: Float32Array.of(1, 2) });
    expect(excluded.map((error) => [error.code, error.subject])).toEqual([
      ['EMBEDDING_UNUSABLE', 'nan'],
      ['EMBEDDING_UNUSABLE', 'blank'],
      ['EMBEDDING_UNUSABLE', 'large'],
      ['EMBEDDING_UNUSABLE', 'inf'],
      ['EMBEDDING_UNUSABLE', 'short'],
      ['EMBEDDING_UNUSABLE', ''],
      ['EMBEDDING_UNUSABLE', 'long'],
      ['EMBEDDING_REPEATED', 'ok'],
    ]);
    expect(findRows(matrix, ['ok', 'gone']).missing).toMatchObject([
      { code: 'EMBEDDING_MISSING', subject: 'gone' },
    ]);
  });

  it.each(FORMATS.filter(({ name }) => name !== 'CSV').map(({ endings }) => endings[0] as string))(
    'gives data or a coded error for %s cut anywhere or with any byte changed',
    async (ending) => {
      const file = fresh(ending);
      await formatOf(file).write(file, example);
      const whole = readFileSync(file);
      const list = fresh('.json');
      writeFileSync(list, JSON.stringify(example.paths));
      for (let i = 0; i < 120; i++) {
        const at = Math.floor((i * whole.length) / 120);
        const [changed, cut] = [fresh(ending), fresh(ending)];
        const bytes = Buffer.from(whole);
        bytes[at] = (bytes[at] as number) ^ 0xff;
        writeFileSync(changed, bytes);
        writeFileSync(cut, whole.subarray(0, at));
        expect(await code([changed], list)).toMatch(
          /^(read|EMBEDDINGS_INVALID|EMBEDDINGS_UNSUPPORTED)$/,
        );
        expect(await code([cut], list), `cut at ${at}`).toMatch(/^EMBEDDINGS_/);
      }
    },
  );

  it('refuses a faiss header that promises more than the file has, and names other kinds', async () => {
    const file = fresh('.index');
    await formatOf(file).write(file, example);
    const huge = readFileSync(file);
    huge.writeInt32LE(65_536, 4);
    huge.writeBigInt64LE(2n ** 40n, 8);
    huge.writeBigInt64LE(2n ** 56n, 37);
    writeFileSync(file, huge);
    expect(await code([file])).toBe('EMBEDDINGS_INVALID');
    huge.write('IHNf', 'latin1');
    writeFileSync(file, huge);
    await expect(readEmbeddings([file])).rejects.toMatchObject({
      code: 'EMBEDDINGS_UNSUPPORTED',
      message: expect.stringContaining('IndexHNSWFlat'),
    });
  });

  it('refuses a list of paths of another length, a missing list and an unknown ending', async () => {
    const file = fresh('.npy');
    await formatOf(file).write(file, example);
    const list = file.replace('.npy', '.json');
    writeFileSync(list, '["a"]');
    expect(await code([file])).toBe('EMBEDDINGS_INVALID');
    rmSync(list);
    rmSync(join(work, 'metadata.json'), { force: true });
    expect(await code([file])).toBe('PATH_NOT_FOUND');
    expect(await code([join(work, 'embeddings.mat')])).toBe('EMBEDDINGS_UNSUPPORTED');
  });

  it('refuses what follows the numbers, which would be left out', async () => {
    for (const ending of ['.npy', '.index']) {
      const file = fresh(ending);
      await formatOf(file).write(file, example);
      const bytes = readFileSync(file);
      writeFileSync(file, Buffer.concat([bytes, bytes]));
      expect(await code([file])).toBe('EMBEDDINGS_INVALID');
    }
  });

  it('refuses a list of paths in an encoding that cannot be told', async () => {
    const file = fresh('.npy');
    await formatOf(file).write(file, example);
    const text = 'a.png\nb.png\nc.png\n';
    const wide = Buffer.from(Uint32Array.from(text, (letter) => letter.charCodeAt(0)).buffer);
    for (const bytes of [
      Buffer.from(text.replace('a', 'ä'), 'latin1'),
      wide,
      Buffer.concat([Buffer.of(0xff, 0xfe, 0, 0), wide]),
    ]) {
      const list = fresh('.txt');
      writeFileSync(list, bytes);
      expect(await code([file], list)).toBe('EMBEDDINGS_INVALID');
    }
  });

  it('takes no blank and no hexadecimal cell of a CSV for a number', async () => {
    const file = fresh('.csv');
    writeFileSync(file, 'filepath,e0,e1\na,1,2\nb,1, \nc,0x10,2\nd, 3,-4e-1\n');
    const { matrix, excluded } = await readEmbeddings([file]);
    expect(matrix.paths).toEqual(['a', 'd']);
    expect([...matrix.values]).toEqual([1, 2, 3, Math.fround(-0.4)]);
    expect(excluded.map(({ subject }) => subject)).toEqual(['b', 'c']);
  });

  it('refuses to write HDF5 where one path is the folder of another', async () => {
    const clash = { ...example, paths: ['a', 'a/b', 'c'] };
    const file = fresh('.h5');
    await expect(formatOf(file).write(file, clash)).rejects.toMatchObject({
      code: 'EMBEDDINGS_UNSUPPORTED',
    });
  });
});
