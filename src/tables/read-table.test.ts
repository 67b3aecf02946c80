import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import type { SemblanceError } from '../domain/errors/error.ts';
import { readCsvSource } from '../indexing/csv-source.ts';
import { checkDataset } from '../study/datasets/check.ts';
import { csvTexts } from '../testing/csv.ts';
import { readCsv } from './csv.ts';
import { fileKey } from './file-key.ts';
import { flagOf } from './flag.ts';
import { readLabelledSet } from './read-labelled.ts';

const folder = mkdtempSync(join(tmpdir(), 'semblance-tables-'));
afterAll(() => rmSync(folder, { recursive: true }));

const HEADER = 'filepath,dataset,split,modality,anatomic_region';

let tables = 0;
function write(content: string | Buffer, name = 'data.csv'): string {
  tables += 1;
  const file = join(folder, `${tables}`, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

const utf16 = (text: string, big = false) => {
  const bytes = Buffer.from(text, 'utf16le');
  return big ? bytes.swap16() : bytes;
};
const EXPECTED = [
  ['a', 'b'],
  ['1', 'ü, "x"'],
  ['2', 'y\nz'],
];
const PLAIN = 'a,b\n1,"ü, ""x"""\n2,"y\nz"\n';
const other = (separator: string) => PLAIN.replaceAll(/,(?! )/g, separator);

describe('readCsv', () => {
  // Python's csv module reads the same of each, decoded and with the right separator.
  it.each<[string, string | Buffer]>([
    ['commas', PLAIN],
    ['semicolons', other(';')],
    ['tabs', other('\t')],
    ['bars', other('|')],
    ["Excel's first line", `sep=;\r\n${other(';')}`],
    ["Excel's first line with another mark", `sep=^\n${other('^')}`],
    ['CR LF', PLAIN.replaceAll('\n', '\r\n').replace('y\r\n', 'y\n')],
    ['CR', PLAIN.replaceAll('\n', '\r').replace('y\r', 'y\n')],
    ['mixed line ends', PLAIN.replace('b\n', 'b\r').replace('"""\n', '"""\r\n')],
    ['no line end at the end', PLAIN.trimEnd()],
    ['blank lines', `\n\n${PLAIN.replace('2,', '\r\n  \n2,')}\n\n`],
    ['a byte order mark', `\ufeff${PLAIN}`],
    ['two of them', `\ufeff\ufeff${PLAIN}`],
    ['one before a quoted first column', `\ufeff${PLAIN.replace('a,', '"a",')}`],
    ['blanks around quotation marks', PLAIN.replaceAll(',"', ', "').replaceAll('"\n', '" \n')],
    ['UTF-16 with its mark', utf16(`\ufeff${PLAIN}`)],
    ['UTF-16 without', utf16(PLAIN)],
    ['UTF-16 of big ends', utf16(`\ufeff${PLAIN}`, true)],
    ['UTF-16 of big ends without its mark', utf16(PLAIN, true)],
    ['UTF-16 with tabs, as Excel writes it', utf16(`\ufeff${other('\t')}`)],
    ['Windows-1252', Buffer.from(PLAIN, 'latin1')],
    ['gzip', gzipSync(PLAIN)],
    ['UTF-16 in gzip', gzipSync(utf16(`\ufeff${other(';')}`))],
  ])('reads %s', async (_, content) => {
    expect(await csvTexts(write(content))).toEqual(EXPECTED);
  });

  it('takes a quotation mark inside of a field as it is, and the separator that fits the rows', async () => {
    expect(await csvTexts(write('a,b\n5" tube,1\n'))).toEqual([
      ['a', 'b'],
      ['5" tube', '1'],
    ]);
    const names = await csvTexts(write('filepath,A|B,C|D|E\nx.png,1,0\n'));
    expect(names[0]).toEqual(['filepath', 'A|B', 'C|D|E']);
    const decimals = await csvTexts(
      write('filepath;age, in years;dose\nx.png;1,5;2,5\ny.png;2,5;3,5\n'),
    );
    expect(decimals[1]).toEqual(['x.png', '1,5', '2,5']);
  });

  it('tells which lines it recoded', async () => {
    const file = write(Buffer.from('a,b\n1,x\n2,Müller\n3,y\n4,\x80uro\n', 'latin1'));
    const form = await readCsv(file, () => () => undefined);
    expect(form).toMatchObject({ recoded: 2, firstRecoded: 3, encoding: 'utf-8' });
    expect((await csvTexts(file))[4]).toEqual(['4', '€uro']);
  });

  it('counts lines through quoted line ends of every kind', async () => {
    const lines: number[] = [];
    const file = write('a,b\n1,"x\r\ny"\r2,"x\ry\nz"\n\n3,z\n');
    await readCsv(file, () => (record) => void lines.push(record.line));
    expect(lines).toEqual([2, 4, 8]);
  });

  it('cuts records at the borders of blocks as elsewhere', async () => {
    // Mebibytes of records whose ends, quotation marks and CR LF fall on every offset.
    const rows = Array.from({ length: 90_000 }, (_, i) => [
      `${i}`,
      i % 3 ? 'plain text' : 'a\r"b"',
    ]);
    for (const end of ['\n', '\r\n', '\r']) {
      const text = rows.map(([a, b]) => `${a},${b?.includes('"') ? '"a\r""b"""' : b}${end}`);
      const read = await csvTexts(write(`n,t${end}${text.join('')}`));
      expect(read.slice(1)).toEqual(rows);
    }
  });

  it.each<[string, string | Buffer, RegExp]>([
    ['nothing', '', /It is empty/],
    ['blank lines alone', '\n\n \n', /It is empty/],
    [
      'an open quotation mark',
      `${HEADER},A\na.png,d,train,,,1\nb.png,"d\nc.png\n`,
      /Line 3: a quotation mark is not closed/,
    ],
    [
      'text behind a closed one',
      `${HEADER},A\na.png,"d" e,train,,,1\n`,
      /Line 2: text follows a closing quotation mark/,
    ],
    ['a column named twice', 'a,b,a\n1,2,3\n', /Two columns are named "a"/],
    ['a header with NUL', 'a,b\x00\n1,2\n', /NUL/],
    ['half of an archive', gzipSync(PLAIN).subarray(0, -9), /not a whole gzip file/],
    ['a workbook', Buffer.from('PK\x03\x04....[Content_Types].xml'), /Excel workbook \(\.xlsx\)/],
    [
      'a spreadsheet',
      Buffer.from('PK\x03\x04mimetypeapplication/vnd.oasis.opendocument'),
      /OpenDocument/,
    ],
    ['a ZIP archive', Buffer.from('PK\x03\x04 a.csv'), /ZIP archive/],
    ['an old workbook', Buffer.from('d0cf11e0a1b11ae1', 'hex'), /\.xls/],
    ['Parquet', Buffer.from('PAR1....'), /Parquet/],
    ['bzip2', Buffer.from('BZh9'), /bzip2/],
    ['xz', Buffer.from('fd377a585a0000', 'hex'), /xz/],
    ['zstd', Buffer.from('28b52ffd00', 'hex'), /zstd/],
    ['HDF5', Buffer.from('894844460d0a1a0a', 'hex'), /HDF5/],
    ['a picture', Buffer.from('89504e470d0a1a0a', 'hex'), /PNG/],
    ['a page', '<!DOCTYPE html><html>', /HTML/],
    ['JSON', '[{"filepath": "a.png"}]', /JSON/],
    ['a pointer of LFS', 'version https://git-lfs.github.com/spec/v1\noid sha256:1\n', /LFS/],
    ['UTF-32', Buffer.from('fffe000061000000', 'hex'), /UTF-32/],
  ])('refuses %s and says why', async (_, content, message) => {
    const file = write(content);
    for (const read of [csvTexts, readCsvSource, readLabelledSet]) {
      await expect(read(file)).rejects.toMatchObject({
        code: 'CSV_INVALID',
        subject: file,
        message: expect.stringMatching(message),
      });
    }
  });
});

describe('values of labels', () => {
  it.each([
    [
      'yes',
      ['1', '1.0', '1.00', '1.', '+1', '01', '1e0', '1E+00', '1,0', 'True', 'TRUE', 'true', 'T'],
    ],
    [
      'yes',
      ['t', 'Yes', 'yes', 'Y', 'y', 'WAHR', 'VRAI', 'ja', 'oui', 'Positive', 'pos', 'present'],
    ],
    ['no', ['FALSCH', 'FAUX', 'FALSO', 'nein', 'Negative', 'neg', 'absent', '0e-5', '0.0e+3']],
    ['blank', ['.', '--', '\\N', '#N/A N/A', '-1.#IND', '1.#QNAN']],
    ['no', ['0', '0.0', '-0', '+0', '0e0', '0,0', '00', 'False', 'FALSE', 'f', 'No', 'n', 'N']],
    ['unsure', ['-1', '-1.0', '-1,0', '-1e0']],
    ['blank', ['', 'NaN', 'nan', 'NA', 'N/A', 'n/a', '#N/A', '<NA>', 'null', 'NULL', 'None', '-']],
    ['other', ['?', 'x', '2', '-2', '0.7', '0,5', '1,000', '10', '1e1', 'o', '1 0', '1e-5', 'on']],
  ])('reads as %s: %j', (expected, texts) => {
    expect(texts.map(flagOf)).toEqual(texts.map(() => expected));
  });
});

const row = (name: string, ...values: string[]) =>
  [name, 'ds', 'train', 'XR', 'chest', ...values].join();
const csv = (columns: string, rows: string[]) =>
  write(`${HEADER},${columns}\n${rows.join('\n')}\n`);
const labelsOf = async (file: string) => {
  const { images, table } = await readCsvSource(file);
  return { labels: images.map(({ labels }) => labels), table };
};

describe('labels', () => {
  it.each([
    ['True', 'False'],
    ['TRUE', 'FALSE'],
    ['t', 'f'],
    ['yes', 'no'],
    ['Y', 'N'],
    ['1.0', '0.0'],
    ['"1,0"', '"0,0"'],
    [' 1 ', ' 0 '],
    ['"1"', '"0"'],
    ['1', ''],
    ['1', 'nan'],
    ['1', '-1'],
  ])('are the same in every reader, written %s and %s', async (yes, no) => {
    const file = csv('A,B', [row('a.png', yes, no), row('b.png', no, yes), row('c.png', yes, no)]);
    expect((await labelsOf(file)).labels).toEqual([['A'], ['B'], ['A']]);
    const set = await readLabelledSet(file);
    expect(set.labels).toEqual(['A', 'B']);
    expect(set.images.map(({ label }) => label)).toEqual([0, 1, 0]);
  });

  it('stay labels by the share of strays, which are always said', async () => {
    const column = async (values: string[]) => {
      const file = csv(
        'A,B',
        values.map((value, i) => row(`${i}.png`, value, '1')),
      );
      const { table } = await labelsOf(file);
      expect((await readLabelledSet(file)).tables?.[0]?.labels).toEqual(table?.labels);
      return [table?.labels.includes('A'), table?.notes.join(' ')];
    };
    const twelve = ['1', '0', '1', '0', '1', '0', '1', '0', '1'];
    expect(await column([...twelve, '?', 'x', 'maybe'])).toEqual([
      true,
      expect.stringMatching(/"A" is a label, but 3 of its 12 .* line 11 has "\?", line 12 has "x"/),
    ]);
    expect(await column([...twelve, '?', 'x', 'o', 'l'])).toEqual([
      false,
      expect.stringMatching(/"A" is taken for a description: 4 of its 13 .* line 11 has "\?"/),
    ]);
    // One number may be a slip; several tell of a measure.
    expect((await column([...twelve, '11']))[0]).toBe(true);
    expect((await column([...twelve, '2', '3']))[0]).toBe(false);
    // Soft labels are none.
    expect((await column(['0.7', '0.2', '1', '0', '0.1']))[0]).toBe(false);
    // F alone may be a sex, N a stage.
    expect(await column(['F', 'F'])).toEqual([false, expect.stringMatching(/letters F or N/)]);
    expect((await column(['F', 'T']))[0]).toBe(true);
    // So it is beside a few strays: the men of a table of mammograms.
    expect(await column(['F', 'F', 'F', 'F', 'M'])).toEqual([
      false,
      expect.stringMatching(/"A" is taken for a description: 1 of its 5 values.* has "M"/),
    ]);
    // No value at all: a label that no image has.
    expect((await column(['', '']))[0]).toBe(true);
  });

  it('are read from lists in words, and what may be a list is said', async () => {
    const values = [
      `"['mass', 'nodule, small']"`,
      '"[""mass""]"',
      'mass|mass| nodule',
      'NA',
      'none',
      'mass;nodule',
      '[]',
    ];
    const file = csv(
      'Labels',
      values.map((value, i) => row(`${i}.png`, value)),
    );
    const { labels, table } = await labelsOf(file);
    const expected = [
      ['mass', 'nodule, small'],
      ['mass'],
      ['mass', 'nodule'],
      [],
      ['none'],
      ['mass;nodule'],
      [],
    ];
    expect(labels).toEqual(expected);
    expect(table?.notes).toEqual([
      expect.stringMatching(/label of 1 rows is not known.*line 5, "NA"/),
      expect.stringMatching(
        /^2 labels hold a comma or a semicolon \(first: line 2, "nodule, small"/,
      ),
    ]);
    const set = await readLabelledSet(file);
    expect(set.images.map(({ filepath }) => filepath)).toEqual(['1.png', '4.png', '5.png']);
  });

  it('says that no image has one, and which column may be meant', async () => {
    const note = async (head: string, value: string) =>
      (await labelsOf(write(`filepath,${head}\na.png,${value}\nb.png,${value}\n`))).table?.notes.at(
        -1,
      );
    expect(await note('class_name', 'Mass')).toMatch(/No image has a label.*"class_name".*rename/);
    expect(await note('A', '0')).toMatch(
      /No image has a label: its label columns \("A"\) are nowhere set/,
    );
    expect(await note('age', '58')).toMatch(/No image has a label: it has no column of 0 and 1/);
    const set = readLabelledSet(csv('finding', [row('a.png', 'Mass')]));
    await expect(set).rejects.toMatchObject({
      code: 'CSV_INVALID',
      message: /rename it to "label"/,
    });
  });

  it('are joined where a file has one row for each, and rows that contradict are said', async () => {
    const file = write(
      'filepath,label,patient,view\n' +
        './a.png,Mass,p0,PA\na.png,Effusion,p0,AP\nb.png,Mass,p1,PA\nb.png,Mass,p2,\nc/../c.png,x|y,,\n',
    );
    const { images, table } = await readCsvSource(file);
    expect(
      images.map(({ path, labels, patient, metadata }) => [path, labels, patient, metadata]),
    ).toEqual([
      ['a.png', ['Mass', 'Effusion'], 'p0', { view: 'PA' }],
      ['b.png', ['Mass'], 'p1', { view: 'PA' }],
      ['c.png', ['x', 'y'], null, {}],
    ]);
    expect(table?.notes).toEqual([
      '5 rows are of 3 images: the labels of each were joined.',
      expect.stringMatching(
        /differ in "patient" for 1 images.*"b.png" has "p1", then "p2" in line 5/,
      ),
      expect.stringMatching(/differ in "view" for 1 images.*"a.png" has "PA", then "AP" in line 3/),
      expect.stringMatching(/^The patients of \d of 3 images are not known/),
    ]);
  });

  it('are joined in an experiment, too, where several are too many', async () => {
    const file = csv('label,patient', [
      row('a.png', 'Mass', 'p0'),
      row('./a.png', 'Effusion', 'p0'),
      row('b.png', 'Mass', 'p1'),
      row('.//b.png', 'Mass', 'p1'),
      row('b.png', 'Mass', 'p2'),
      row('x/../b.png', 'Mass', 'p1').replace('train', 'test'),
    ]);
    const { images, labels, excluded } = await readLabelledSet(file);
    expect(labels).toEqual(['Mass', 'Effusion']);
    expect(images.map(({ filepath }) => filepath)).toEqual(['b.png']);
    expect(excluded.map(({ code, subject }) => [code, subject?.split(':').at(-1)]).sort()).toEqual([
      ['ROW_CONTRADICTS', '6'],
      ['ROW_REPEATED', '5'],
      ['ROW_REPEATED_IN_SPLITS', '7'],
      ['ROW_SEVERAL_LABELS', '2'],
    ]);
  });
});

describe('columns', () => {
  it.each(
    [
      ['patient', 'Patient', 'PATIENT', 'PatientID', 'Patient ID', 'patient_id', 'patient-id'],
      [
        'Patient.ID',
        'patientid',
        'subject_id',
        'SubjectID',
        'Subject',
        'pid',
        'MRN',
        'participant_id',
        'Patient No.',
        'Patient #',
        'PatientIdentifier',
        'anon_patient_id',
        'PatientName',
      ],
    ].flat(),
  )('finds the patient in %s', async (name) => {
    const file = csv(`${name},A`, [row('a.png', 'P0', '1'), row('b.png', 'nan', '1')]);
    const { images, table } = await readCsvSource(file);
    expect(images.map(({ patient, metadata }) => [patient, metadata[name]])).toEqual([
      ['P0', undefined],
      [null, undefined],
    ]);
    expect(table?.notes).toEqual([
      expect.stringMatching(/patient of 1 rows is not known.*line 3, "nan"/),
      'The patients of 1 of 2 images are not known (first: "b.png"): each of them counts as of a patient of its own.',
    ]);
    const set = await readLabelledSet(file);
    expect(set.images.map(({ patient }) => patient)).toEqual(['P0', null]);
  });

  it('says which column may name the patients where none is known to', async () => {
    for (const name of ['case_id', 'bids_subject', 'deid_patient_key']) {
      const file = csv(`${name},A`, [row('a.png', 'P0', '1')]);
      const note = `No column names the patients. If "${name}" does, rename it to "patient_id".`;
      expect((await readCsvSource(file)).table?.notes).toEqual([note]);
      expect((await readLabelledSet(file)).tables?.[0]?.notes).toEqual([note]);
    }
    const silent = csv('Patient Age,PatientSex,A', [row('a.png', '58', 'F', '1')]);
    expect((await readCsvSource(silent)).table?.notes.join()).not.toMatch(/names the patients/);
  });

  it('takes no word for nobody as a patient, and 12.0 for 12', async () => {
    const names = ['12.0', 'Unknown', 'anonymized', '?', '12', '1.5'];
    const file = csv(
      'patient,A',
      names.map((name, i) => row(`${i}.png`, name, '1')),
    );
    const { images, table } = await readCsvSource(file);
    const patients = ['12', null, null, null, '12', '1.5'];
    expect(images.map(({ patient }) => patient)).toEqual(patients);
    expect(table?.notes).toEqual([
      expect.stringMatching(/patient of 3 rows is not known.*line 3, "Unknown"/),
      expect.stringMatching(/^The patients of 3 of 6 images are not known \(first: "1.png"\)/),
    ]);
    expect((await readLabelledSet(file)).images.map(({ patient }) => patient)).toEqual(patients);
  });

  it('keeps columns that are named like what every object has', async () => {
    const names = ['constructor', '__proto__', 'toString'];
    const { images } = await readCsvSource(csv(names.join(), [row('a.png', 'u', 'v', 'w')]));
    expect(names.map((name) => images[0]?.metadata[name])).toEqual(['u', 'v', 'w']);
    expect(JSON.stringify(images[0]?.metadata)).toContain('"__proto__":"v"');
  });

  it('says which columns pandas or R numbered because they were there twice', async () => {
    const { table } = await readCsvSource(csv('A,A.1', [row('a.png', '1', '0')]));
    expect(table?.notes).toEqual([expect.stringMatching(/1 columns have the number.*"A\.1"/)]);
  });

  it('finds the names behind a byte order mark in a header of Windows-1252', async () => {
    const text = Buffer.from('filepath;Gr\xf6\xdfe;A\na.png;1,5;1\n', 'latin1');
    const file = write(Buffer.concat([Buffer.from('\ufeff'), text]));
    const { images } = await readCsvSource(file);
    expect(images).toMatchObject([{ path: 'a.png', labels: ['A'], metadata: { Größe: '1,5' } }]);
  });

  it('finds study and series by the names of DICOM, and the study’s own in any case', async () => {
    const file = write(
      'File Path,DataSet,Split,Modality,Anatomic Region,Study Instance UID,SeriesInstanceUID,A\n' +
        'a.png,ds,Train,XR,chest,1.2,1.3,1\n',
    );
    const { images } = await readCsvSource(file);
    expect(images).toEqual([
      {
        path: 'a.png',
        patient: null,
        study: '1.2',
        series: '1.3',
        labels: ['A'],
        metadata: { dataset: 'ds', split: 'Train', modality: 'XR', anatomic_region: 'chest' },
      },
    ]);
    expect((await readLabelledSet(file)).images[0]).toMatchObject({
      split: 'train',
      dataset: 'ds',
    });
  });

  it('refuses names that are one, and says which of two with one meaning it takes', async () => {
    for (const columns of ['A,a', 'A b,a_B', 'PatientID,patient_id', 'age, age ', 'split,Split']) {
      const file = write(`filepath,${columns}\na.png,1,1\n`);
      for (const read of [readCsvSource, readLabelledSet]) {
        await expect(read(file), columns).rejects.toMatchObject({
          code: 'CSV_INVALID',
          message: expect.stringMatching(/^Two columns are named/),
        });
      }
    }
    const file = csv('subject_id,PatientID,AccessionNumber,StudyInstanceUID,A', [
      row('a.png', 's0', 'p0', 'a0', 'u0', '1'),
    ]);
    const { images, table } = await readCsvSource(file);
    expect(images[0]).toMatchObject({ patient: 'p0', study: 'u0', metadata: { subject_id: 's0' } });
    expect(table?.notes).toEqual([
      'The patient is taken from "PatientID"; "subject_id" stays a description.',
      'The study is taken from "StudyInstanceUID"; "AccessionNumber" stays a description.',
    ]);
  });

  it('names the columns there are where the path is missing, and the one that may be meant', async () => {
    for (const [header, hint] of [
      ['Image Index,label', 'If "Image Index" is meant, rename it.'],
      ['Path,label', 'If "Path" is meant'],
      ['image_id,class', 'If "image_id" is meant'],
      ['name,label', 'Its columns are: "name", "label".'],
    ] as const) {
      await expect(readCsvSource(write(`${header}\na,b\n`))).rejects.toMatchObject({
        code: 'CSV_INVALID',
        message: expect.stringContaining(hint),
      });
    }
  });

  it.each(['', 'Unnamed: 0', 'Unnamed: 0.1', 'unnamed:_0'.replace('_', ' ')])(
    'leaves out a column named "%s", and says so',
    async (name) => {
      const file = write(
        `${name},${HEADER},A,\n0,${row('a.png', '1', '')}\n1,${row('b.png', '0', '')}\n`,
      );
      const { images, table } = await readCsvSource(file);
      expect(images.map(({ labels }) => labels)).toEqual([['A'], []]);
      expect(images[0]?.metadata).toEqual({
        dataset: 'ds',
        split: 'train',
        modality: 'XR',
        anatomic_region: 'chest',
      });
      expect(table?.notes).toEqual(['Columns without a name are left out: 2 (column 1, 8).']);
      expect((await readLabelledSet(file)).labels).toEqual(['A']);
    },
  );

  it('never takes numbers of rows for a label', async () => {
    const file = csv('index,A', [row('a.png', '0', '1'), row('b.png', '1', '0')]);
    const { table, labels } = await labelsOf(file);
    expect(labels).toEqual([['A'], []]);
    expect(table?.descriptions).toEqual(['index']);
  });
});

describe('rows', () => {
  it('that cannot be used are listed alike by every reader, and stop nothing', async () => {
    const lines = [
      row('good.png', '1'),
      row('surplus.png', '1', '', ''),
      row('long.png', '1', 'x'),
      'short.png,ds',
      ',,,,,',
      row('', '1'),
      `\ufeff${HEADER},A`,
      row('nul\0.png', '1'),
      row('last.png', '1'),
    ];
    const file = csv('A', lines);
    const expected = [
      [4, 'It has 7 fields instead of 6.'],
      [5, 'It has 2 fields instead of 6.'],
      [6, 'It is empty.'],
      [7, 'The field "filepath" is empty.'],
      [8, 'It repeats the header.'],
      [9, 'It holds NUL bytes: the file may be damaged.'],
    ].map(([line, why]) => ['ROW_INVALID', `${file}:${line}`, why]);
    const plain = (errors: readonly SemblanceError[]) =>
      errors.map(({ code, subject, message }) => [code, subject, message]);
    const source = await readCsvSource(file);
    expect(plain(source.failures)).toEqual(expected);
    expect(source.images.map(({ path }) => path)).toEqual(['good.png', 'surplus.png', 'last.png']);
    const set = await readLabelledSet(file);
    expect(plain(set.excluded)).toEqual(expected);
    expect(set.images).toHaveLength(3);
    const check = await checkDataset([file], { minImages: 1, checkFiles: true, content: false });
    expect(plain(check.excluded)).toEqual(expected);
    expect(check.missing).toHaveLength(3);
  });

  it('must be there', async () => {
    for (const read of [readCsvSource, readLabelledSet]) {
      await expect(read(write(`${HEADER},A\n`))).rejects.toMatchObject({
        code: 'CSV_INVALID',
        message: 'It has a header and no rows.',
      });
    }
  });
});

describe('paths', () => {
  it.each([
    'im/00.png',
    './im/00.png',
    'im//00.png',
    'im/./00.png',
    'im/../im/00.png',
    'im\\00.png',
    '.\\im\\00.png',
    '/data/im/00.png',
    '/data//x/../im/00.png',
    '../data/im/00.png',
  ])('%s is one file with its other spellings', (path) => {
    expect(fileKey(path, '/data')).toBe('im/00.png');
  });

  it('tells files apart', () => {
    const paths = [
      'im/00.PNG',
      '../im/00.png',
      '/im/00.png',
      'im/00.png.',
      'im/..00.png',
      'im/%30.png',
    ];
    const keys = paths.map((path) => fileKey(path, '/data/set'));
    expect(new Set([...keys, 'im/00.png']).size).toBe(paths.length + 1);
  });

  it('find their patients however the list beside the table spells them', async () => {
    const file = csv('A', [row('im\\a.png', '1'), row('./im/b.png', '1'), row('im/c.png', '1')]);
    const list = 'File Path;PatientID\nim/a.png;p0\nim//b.png;p1\nim/b.png;p2\nim/c.png;nan\n';
    writeFileSync(join(dirname(file), 'patients.csv'), list);
    const { images, table } = await readCsvSource(file);
    expect(images.map(({ path, patient }) => [path, patient])).toEqual([
      ['im/a.png', 'p0'],
      ['im/b.png', 'p1'],
      ['im/c.png', null],
    ]);
    expect(table?.notes).toEqual([
      'patients.csv: 1 rows lack a path or a patient and are left out (line 5).',
      'patients.csv: 1 rows name another patient than a row before: line 4 has "p2" for "im/b.png". The first counts.',
      '1 paths are written with backslashes (first: line 2); they are read as slashes.',
      expect.stringMatching(/^The patients of 1 of 3 images are not known/),
    ]);
    expect((await readLabelledSet(file)).images.map(({ patient }) => patient)).toEqual([
      'p0',
      'p1',
      null,
    ]);
  });
});
