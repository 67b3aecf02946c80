import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readSource } from '../../src/indexing/read-source.ts';
import { checkDataset } from '../../src/study/datasets/check.ts';
import { readLabelledSet } from '../../src/tables/read-labelled.ts';
import { hasShared, sharedPath } from '../../src/testing/shared.ts';
import { run, temporaryFolder, writePicture } from '../program.ts';

const temporary = temporaryFolder();
afterAll(() => temporary.remove());
const home = (name: string) => ['--home', join(temporary.path, name)];
const fault = (name: string) => (file: string) => sharedPath(`faults/${name}/${file}`);
const given = (name: string) => describe.skipIf(!hasShared(`faults/${name}`));
const check = (file: string) =>
  checkDataset([file], { minImages: 1, checkFiles: true, content: false });
/** A command's JSON. */
const json = async (...args: string[]) => {
  const { code, stdout, stderr } = await run([...args, '--json']);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
};
const pathsOf = (answer: { neighbours: { image: { path: string } }[] }) =>
  answer.neighbours.map(({ image }) => image.path).sort();

/** The labels of the twelve images by every reader: index, the check, and that of a benchmark. */
async function expectTwelve(file: string): Promise<void> {
  const { images, failures } = await readSource(file);
  expect(images.map(({ labels }) => labels)).toEqual(
    Array.from({ length: 12 }, (_, i) => [i % 2 ? 'XR/chest/B' : 'XR/chest/A']),
  );
  expect(failures).toEqual([]);
  const checked = await check(file);
  expect(checked).toMatchObject({ images: 12, missing: [], excluded: [] });
  expect(checked.tables[0]).toMatchObject({ rows: 12, images: 12, labelled: 12 });
  const set = await readLabelledSet(file);
  expect(set.images.map(({ label }) => label)).toEqual(images.map((_, i) => i % 2));
}

given('labels-true-false')('True and False', () => {
  it('are labels for every command', () => expectTwelve(fault('labels-true-false')('d.csv')));
});

given('separators-and-encodings')('other separators, encodings and line ends', () => {
  const at = fault('separators-and-encodings');
  it.each(['d.csv', 'tab.csv', 'utf16.csv', 'cr.csv'])('read %s alike everywhere', (name) =>
    expectTwelve(at(name)),
  );
});

given('unnamed-index-column')('an unnamed index column', () => {
  it('is left out, and said', async () => {
    const file = fault('unnamed-index-column')('d.csv');
    await expectTwelve(file);
    const { images, table } = await readSource(file);
    expect(Object.keys(images[10]?.metadata ?? {}).sort()).toEqual([
      'anatomic_region',
      'dataset',
      'modality',
      'split',
    ]);
    const note = 'Columns without a name are left out: 1 (column 1).';
    expect(table?.notes).toEqual([note]);
    expect((await check(file)).tables[0]?.notes).toEqual([note]);
  });
});

given('one-stray-value-drops-a-label')('a stray value', () => {
  it('is listed with its row, and the label stays', async () => {
    const file = fault('one-stray-value-drops-a-label')('d.csv');
    const { images, table } = await readSource(file);
    const labels = images.map((image) => image.labels);
    expect(labels.filter(([label]) => label === 'XR/chest/A')).toHaveLength(5);
    expect(labels.filter(([label]) => label === 'XR/chest/B')).toHaveLength(6);
    expect(table?.problems).toMatchObject([{ code: 'ROW_VALUE_UNKNOWN', subject: `${file}:6` }]);
    const note = expect.stringMatching(
      /"XR\/chest\/A" is a label, but 1 of its 12.*line 6 has "\?"/,
    );
    expect(table?.notes).toEqual([note]);
    const checked = await check(file);
    expect(checked.images).toBe(11);
    expect(checked.excluded).toMatchObject([{ code: 'ROW_VALUE_UNKNOWN', subject: `${file}:6` }]);
    expect(checked.tables[0]?.notes).toEqual([note]);
    const home1 = home('stray');
    const text = (await run([...home1, 'index', file])).stdout;
    expect(text).toMatch(/12 images, 11 with a label.*\n.*line 6 has "\?"/);
    const data = await json(...home1, 'index', file);
    expect(data.table).toMatchObject({ labelled: 11, problems: [{ code: 'ROW_VALUE_UNKNOWN' }] });
  });
});

given('duplicate-columns')('a column that is there twice', () => {
  it.each(['d.csv', 'age.csv'])('is refused by every command: %s', async (name) => {
    const file = fault('duplicate-columns')(name);
    const twice = { code: 'CSV_INVALID', message: /^Two columns are named/ };
    for (const read of [readSource, check, readLabelledSet]) {
      await expect(read(file)).rejects.toMatchObject(twice);
    }
  });
});

given('one-row-per-finding')('one row for each finding', () => {
  it('gives an image all its labels, and says that rows were joined', async () => {
    const file = fault('one-row-per-finding')('d.csv');
    const { images, table } = await readSource(file);
    expect(images).toHaveLength(6);
    for (const [i, { labels, patient }] of images.entries()) {
      expect([labels, patient]).toEqual([['Cardiomegaly', 'Effusion'], `p${i}`]);
    }
    expect(table?.notes).toEqual(['12 rows are of 6 images: the labels of each were joined.']);
    // An experiment needs to know what is searched in.
    await expect(check(file)).rejects.toMatchObject({ message: /no column "dataset"/ });
    // With the columns that it needs, two labels are too many for it, as they would be in one row.
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    const whole = join(temporary.path, 'long.csv');
    writeFileSync(
      whole,
      lines
        .map(
          (line, i) =>
            `${line},${i === 0 ? 'dataset,split,modality,anatomic_region' : 'd,train,XR,chest'}`,
        )
        .join('\n'),
    );
    const { excluded } = await readLabelledSet(whole);
    expect(excluded.map(({ code }) => code)).toEqual(Array(6).fill('ROW_SEVERAL_LABELS'));
  });
});

given('patient-column-names')('the patient in other words', () => {
  const at = fault('patient-column-names');
  it.each(['d.csv', 'spaced.csv'])('is found in %s', async (name) => {
    const { images } = await readSource(at(name));
    expect(images.map(({ patient }) => patient)).toEqual(
      Array.from({ length: 12 }, (_, i) => `P${i >> 2}`),
    );
  });

  it('is left out of a search on request, and grouped by', async () => {
    const to = home('patients');
    await json(...to, 'index', at('d.csv'));
    const args = [...to, 'search', '--image', '1', '-k', '50'];
    const others = pathsOf(await json(...args, '--exclude', 'patient'));
    expect(others).toEqual(
      Array.from({ length: 8 }, (_, i) => `im/${String(i + 4).padStart(2, '0')}.png`),
    );
    const grouped = await json(...args, '--group-by', 'patient');
    expect(grouped.neighbours).toHaveLength(3);
    const unknown = await run([...args, '--exclude', 'study']);
    expect(unknown.stderr).toContain('The study of image 1 is not known');
  });
});

given('same-patient-number-in-two-data-sets')('one number in two data sets', () => {
  it('is two patients', async () => {
    const to = home('numbers');
    await json(...to, 'index', fault('same-patient-number-in-two-data-sets')('d.csv'));
    const args = [...to, 'search', '--image', '1', '-k', '10'];
    const others = await json(...args, '--exclude', 'patient');
    expect(pathsOf(others)).toEqual(Array.from({ length: 6 }, (_, i) => `im/0${i + 4}.png`));
    const grouped = await json(...args, '--group-by', 'patient');
    expect(
      grouped.neighbours
        .map(({ group }: { group: { name: string; more: number } }) => group)
        .sort(),
    ).toHaveLength(3);
    // A filter names a value, not a person.
    const both = await json(...args, '--where', 'patient:1');
    expect(both.neighbours).toHaveLength(7);
  });
});

given('date-times-and-ages')('dates with times, and ages', () => {
  it('compare as pandas has them, and what does not compare is said', async () => {
    const to = home('dates');
    await json(...to, 'index', fault('date-times-and-ages')('d.csv'));
    const found = async (where: string) => {
      const answer = await json(...to, 'search', '--image', '10', '-k', '50', '--where', where);
      return [pathsOf(answer).map((path) => Number(path.slice(3, 5))), answer.notes];
    };
    // Image 10 (im/09.png) is the query. pandas.to_datetime of the values that have one meaning.
    expect(await found('study_date>=2019-03-05')).toEqual([
      [0, 1, 2, 3, 4, 7],
      [expect.stringMatching(/^4 of 12 values of “study_date” are no dates/)],
    ]);
    expect((await found('study_date>2019-03-05'))[0]).toEqual([3, 4]);
    expect((await found('study_date<2019-03-05'))[0]).toEqual([10]);
    expect(await found('age>40')).toEqual([
      [0, 1, 2, 3, 5, 6, 7, 10],
      [expect.stringMatching(/^2 of 11 values of “age” are no numbers .*: “1,234”/)],
    ]);
    const told = await run([...to, 'search', '--image', '10', '--where', 'age>40']);
    expect(told.stderr).toContain('2 of 11 values');
  });
});

given('one-file-two-spellings-in-benchmark')('two spellings of one file in two splits', () => {
  it('are a leak that is reported, and only the first row is used', async () => {
    const folder = join(temporary.path, 'spellings');
    cpSync(sharedPath('faults/one-file-two-spellings-in-benchmark'), folder, { recursive: true });
    const file = join(folder, 'd.csv');
    const absolute = join(folder, 'im/09.png');
    writeFileSync(file, readFileSync(file, 'utf8').replace('SOMEWHERE', absolute));
    const checked = await check(file);
    expect(checked.leaks.files).toHaveLength(4);
    expect((await readSource(file)).images).toHaveLength(12);
    const args = [...home('bench'), 'benchmark', 'run', join(folder, 'bench.json'), '--knn'];
    const output = ['-o', join(folder, 'out')];
    const { warnings, excluded } = await json(...args, ...output);
    expect(excluded).toBe(4);
    expect(warnings).toContain('Files in several splits: 4. The first row of each counts.');
    const rows = readFileSync(join(folder, 'out/baseline/knn.csv'), 'utf8')
      .trim()
      .split('\n')
      .slice(1);
    expect(rows.length).toBeGreaterThan(0);
    for (const [query, nearest] of rows.map((row) => row.split(','))) {
      expect(join(folder, nearest as string)).not.toBe(join(folder, query as string));
    }
    // By another name it is seen by its content.
    cpSync(absolute, join(folder, 'im/renamed.png'));
    writeFileSync(file, readFileSync(file, 'utf8').replace(absolute, 'im/renamed.png'));
    const renamed = await json(...args, '-o', join(folder, 'again'));
    expect(renamed.warnings.join()).toMatch(
      /content is in another split under another name: 1 \(im\/09.png \(train\) = im\/renamed.png \(test\)\)/,
    );
  });
});

describe('what an evaluation and a merge leave out', () => {
  const folder = join(temporary.path, 'left-out');
  const file = join(folder, 'd.csv');
  const table = (labels: string) =>
    writeFileSync(
      file,
      `filepath,dataset,split,modality,anatomic_region,age,A\n${[...labels]
        .map((label, i) => `${i}.png,d,${i < 2 ? 'train' : 'test'},XR,chest,${50 + i},${label}`)
        .join('\n')}\n`,
    );

  it('is said', { timeout: 120_000 }, async () => {
    mkdirSync(folder);
    for (let i = 0; i < 4; i++) await writePicture(join(folder, `${i}.png`), i);
    table('1010');
    const to = home('left-out-home');
    await json(...to, 'index', file);
    expect(await json(...to, 'evaluate')).toMatchObject({ queries: 2, unlabelled: 1 });
    const said = await run([...to, 'evaluate']);
    expect(said.stdout).toContain('1 of the queries have no label and are left out.');
    const merged = await run(['dataset', 'merge', file, '-o', join(folder, 'm.csv')]);
    expect(merged.stdout).toContain('Columns that are no label are not written: 1 (age).');
    table('1000');
    await json(...to, 'index', file);
    const none = await run([...to, 'evaluate']);
    expect(none.code).toBe(1);
    expect(none.stderr).toContain('None of the 2 queries has a label.');
  });
});

describe('what stands in a table', () => {
  it('never steers the terminal', async () => {
    const folder = join(temporary.path, 'steering');
    mkdirSync(folder);
    await writePicture(join(folder, 'a.png'), 1);
    const csv = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const bad = '\u001b[2J\u0007\u009b31m\u202e\r';
    const header = csv('header.csv', `${bad}x,b\n1,2\n`);
    const value = csv(
      'value.csv',
      `filepath,A,B\na.png,1,0\na.png,0,1\na.png,1,1\na.png,"${bad}y",1\n`,
    );
    for (const args of [
      ['index', header],
      ['dataset', 'check', header],
      ['index', value],
    ]) {
      for (const form of [[], ['--json']]) {
        const { stdout, stderr } = await run([...home('steering'), ...args, ...form]);
        expect(stdout + stderr).toMatch(/\\x1b|\\u001b/);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
        expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
      }
    }
  });
});
