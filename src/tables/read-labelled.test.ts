import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { csvTexts } from '../testing/csv.ts';
import { hasShared, sharedPath } from '../testing/shared.ts';
import { readLabelledSet } from './read-labelled.ts';

const folder = mkdtempSync(join(tmpdir(), 'semblance-datasets-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string | Buffer): string {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

const HEADER = 'filepath,dataset,split,modality,anatomic_region';

describe('readCsv', () => {
  it('reads back whatever a CSV library writes, quoted or not', async () => {
    const field = fc.string({ unit: fc.constantFrom('a', 'ü', ',', '"', '\n', '\r\n', '1', ' b') });
    const rows = fc.array(
      fc.array(
        field.map((text) => text.trim()),
        { minLength: 2, maxLength: 5 },
      ),
    );
    await fc.assert(
      fc.asyncProperty(rows, fc.constantFrom('\n', '\r\n'), async (data, record_delimiter) => {
        const table = [['first', 'second, quoted "so"'], ...data];
        const file = write(
          'any.csv',
          `\ufeff${stringify(table, { record_delimiter, quoted_match: '\n' })}`,
        );
        // A line of nothing is no record: two empty fields are a comma.
        expect(await csvTexts(file)).toEqual(table);
      }),
      { numRuns: 200 },
    );
  });

  it('reads records across the borders of chunks, packed or not', async () => {
    const table = Array.from({ length: 60_000 }, (_, i) => [
      `row ${i}`,
      i % 7 ? 'plain' : 'a\n"b"',
    ]);
    const text = stringify([['name', 'kind'], ...table]);
    for (const file of [write('long.csv', text), write('long.csv.gz', gzipSync(text))]) {
      expect((await csvTexts(file)).slice(1)).toEqual(table);
    }
  });

  it('refuses a quotation mark left open, a damaged archive and nothing at all', async () => {
    const packed = gzipSync('a,b\n1,2\n');
    for (const [name, content] of [
      ['open.csv', 'a,b\n1,2\n"3,4\n5,6\n'],
      ['cut.csv.gz', packed.subarray(0, packed.length - 9)],
      ['empty.csv', ''],
      ['twice.csv', 'a,a\n1,2\n'],
    ] as const) {
      const file = write(name, content);
      await expect(csvTexts(file)).rejects.toMatchObject({ code: 'CSV_INVALID', subject: file });
    }
  });
});

describe('readLabelledSet', () => {
  it('lists every row that it cannot use with its line and reason', async () => {
    const file = write(
      'rows.csv',
      `${HEADER},age,A,B\n` +
        'good.png,d,train,CT,head,1,1,0\n' +
        'two.png,d,train,CT,head,0,1.0,1.0\n' +
        '"none, uncertain.png",d,train,CT,head,71,0,-1\n' +
        'split.png,d,dev,CT,head,70,1,0\n' +
        ',d,train,CT,head,70,1,0\n' +
        'short.png,d,train,CT\n' +
        'good.png,d,train,CT,head,70,1,0\n' +
        'good.png,d,test,CT,head,70,1,0\n' +
        'last.png,d,test,MR,knee,,,1.0',
    );
    const { labels, images, excluded } = await readLabelledSet(file);
    // The age looks like a flag at first; it is none.
    expect(labels).toEqual(['A', 'B']);
    expect(images.map(({ filepath, split, label }) => [filepath, split, label])).toEqual([
      ['good.png', 'train', 0],
      ['last.png', 'test', 1],
    ]);
    const reasons = excluded.map(({ code, subject }) => [subject?.split(':').at(-1), code]);
    expect(reasons.sort()).toEqual([
      ['3', 'ROW_SEVERAL_LABELS'],
      ['4', 'ROW_NO_LABEL'],
      ['5', 'ROW_SPLIT_UNKNOWN'],
      ['6', 'ROW_INVALID'],
      ['7', 'ROW_INVALID'],
      ['8', 'ROW_REPEATED'],
      ['9', 'ROW_REPEATED_IN_SPLITS'],
    ]);
  });

  it('lists the row of a stray value, and says why a column with many of them is no label', async () => {
    const row = (name: string, a: string, b: string) => `${name}.png,d,train,CT,head,${a},${b}\n`;
    const stray = write(
      'stray.csv',
      `${HEADER},A,B\n${row('before', '1', '0')}${row('error', 'o', '1')}${row('after', '1.0', '0')}${row('none', '0', '0')}`,
    );
    const one = await readLabelledSet(stray);
    expect(one.labels).toEqual(['A', 'B']);
    expect(one.images.map(({ filepath }) => filepath)).toEqual(['before.png', 'after.png']);
    expect(one.excluded.map(({ code, subject, message }) => [code, subject, message])).toEqual([
      ['ROW_VALUE_UNKNOWN', `${stray}:3`, '"error.png" has "o" in the column "A".'],
      ['ROW_NO_LABEL', `${stray}:5`, '"none.png" has none.'],
    ]);
    expect(one.tables?.[0]?.notes).toEqual([
      'The column "A" is a label, but 1 of its 4 values are neither 0 nor 1: line 3 has "o".',
    ]);

    const many = write(
      'many.csv',
      `${HEADER},A,B\n${row('before', '1', '0')}${row('error', 'o', '1')}${row('again', 'l', '0')}`,
    );
    const { labels, images, excluded, tables } = await readLabelledSet(many);
    expect(labels).toEqual(['B']);
    expect(images.map(({ filepath }) => filepath)).toEqual(['error.png']);
    const why = '2 of its 3 values are neither 0 nor 1, for instance line 3 has "o".';
    expect(excluded.map(({ message }) => message)).toEqual([
      `"before.png" has none. Its column "A" is no label: ${why}`,
      '"again.png" has none.',
    ]);
    expect(tables?.[0]?.notes).toEqual([`The column "A" is taken for a description: ${why}`]);
  });

  it('joins data sets of different labels, with patients from wherever they are named', async () => {
    write('joined/a.csv', `${HEADER},P,Q\na.png,a,train,XR,chest,0,1\n`);
    write('joined/a.patients.csv', 'filepath,patient_id\na.png,Anna\n');
    write(
      'joined/b.csv',
      `${HEADER},patient_id,Q,R\nb.png,b,val,XR,chest,Ben,1,0\nc.png,b,test,CT,head,,0,1\n`,
    );
    const path = 'mimic/files/p10/p10000032/s50414267/x.jpg';
    write('joined/c.csv', `${HEADER},R\n${path},mimic,test,XR,chest,1\n`);
    const { labels, images, excluded } = await readLabelledSet(join(folder, 'joined'));
    expect(labels).toEqual(['P', 'Q', 'R']);
    expect(images.map(({ filepath, label, patient }) => [filepath, label, patient])).toEqual([
      ['a.png', 1, 'Anna'],
      ['b.png', 1, 'Ben'],
      ['c.png', 2, null],
      [path, 2, 'p10000032'],
    ]);
    expect(excluded).toEqual([]);
  });

  it('names the missing column', async () => {
    for (const missing of [...HEADER.split(',')]) {
      const columns = `${HEADER},A`.split(',').filter((name) => name !== missing);
      const file = write(
        'missing.csv',
        `${columns.join(',')}\n${columns.map(() => '1').join(',')}\n`,
      );
      await expect(readLabelledSet(file)).rejects.toMatchObject({
        code: 'CSV_INVALID',
        subject: file,
        message: expect.stringContaining(`"${missing}"`),
      });
    }
    const unlabelled = write('unlabelled.csv', `${HEADER}\na.png,d,train,CT,head\n`);
    await expect(readLabelledSet(unlabelled)).rejects.toMatchObject({ code: 'CSV_INVALID' });
  });

  it('takes the split from the name of the file where no column has it', async () => {
    const header = 'filepath,dataset,modality,anatomic_region,A';
    for (const split of ['train', 'val', 'test']) {
      write(`parts/${split}.csv`, `${header}\n${split}.png,d,CT,head,1\n`);
    }
    const { images } = await readLabelledSet(join(folder, 'parts'));
    expect(images.map(({ filepath, split }) => [filepath, split])).toEqual([
      ['train.png', 'train'],
      ['val.png', 'val'],
      ['test.png', 'test'],
    ]);
  });

  it.runIf(hasShared('goldens/protocol'))('reads an experiment of the study', async () => {
    const { labels, images, excluded } = await readLabelledSet(sharedPath('goldens/protocol'));
    expect([labels.length, images.length, excluded.length]).toEqual([22, 1165, 0]);
    for (const { filepath, modality, anatomicRegion, label } of images) {
      const finding = filepath.split('/')[2];
      expect(labels[label]).toBe(`${modality}/${anatomicRegion}/${finding}`);
    }
  });
});
