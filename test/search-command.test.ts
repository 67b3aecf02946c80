import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomFrom } from '../src/domain/random.ts';
import { run, temporaryFolder } from './program.ts';

const temporary = temporaryFolder();
const home = join(temporary.path, 'home');
const images = join(temporary.path, 'images');
const command = (...args: string[]) => run(['--home', home, ...args]);
const json = async (...args: string[]) => {
  const { code, stdout, stderr } = await command('--json', ...args);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
};
const paths = (answer: { neighbours: { image: { path: string } }[] }) =>
  answer.neighbours.map(({ image }) => image.path);

/** A picture with something at all frequencies, as real ones have. */
async function writeBlobs(file: string, number: number): Promise<void> {
  const random = randomFrom(number);
  const data = Uint8Array.from({ length: 64 * 64 }, () => random() * 255);
  await sharp(data, { raw: { width: 64, height: 64, channels: 1 } })
    .blur(4)
    .normalise()
    .png()
    .toFile(file);
}

beforeAll(async () => {
  mkdirSync(images);
  const rows = ['filepath,patient,modality,year'];
  for (let i = 0; i < 12; i++) {
    await writeBlobs(join(images, `${i}.png`), i);
    rows.push(`${i}.png,p${i % 4},${i < 6 ? 'CT' : 'MR'},${2010 + i}`);
  }
  copyFileSync(join(images, '3.png'), join(images, 'copy.png'));
  await sharp(join(images, '3.png')).jpeg({ quality: 90 }).toFile(join(images, 'near.jpg'));
  rows.push('copy.png,p9,CT,2000', 'near.jpg,p9,CT,2000');
  writeFileSync(join(images, 'dataset.csv'), rows.join('\n'));
  await json('index', images);
});
afterAll(() => temporary.remove());

describe('semblance search', () => {
  const picture = (i: number) => join(images, `${i}.png`);

  it('filters by a query, and says where one cannot be read', async () => {
    const found = await json(
      'search',
      picture(3),
      '-k',
      '50',
      '-w',
      'modality:ct year>=2012 -patient:p0',
    );
    expect(paths(found).sort()).toEqual(['2.png', '5.png']);
    const refused = await command('search', picture(3), '-w', 'modality:CT colour:red');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/QUERY_INVALID.*character 13/);
  });

  it('takes several pictures, images, counterexamples and marks', async () => {
    const both = await json(
      'search',
      picture(1),
      picture(2),
      '--not',
      picture(8),
      '--more',
      '8',
      '-k',
      '50',
    );
    expect(
      both.parts.map(({ role, weight }: { role: string; weight: number }) => [role, weight]),
    ).toEqual([
      ['query', 0.5],
      ['query', 0.5],
      ['less', -0.5],
      ['more', 0.75],
    ]);
    const left = ['1.png', '2.png', '7.png', '8.png'];
    expect(paths(both).filter((path) => left.includes(path))).toEqual([]);
    expect(paths(both)).toHaveLength(10);
    const model = await command('search', '--image', '2', '--less', '9', '--feedback', 'logistic');
    expect(model.stderr).toContain('1 relevant and 1 irrelevant');
  });

  it('leaves out, groups and varies', async () => {
    const others = await json('search', picture(5), '-k', '50', '--exclude', 'patient');
    expect(
      others.neighbours.map((n: { image: { patient: string } }) => n.image.patient),
    ).not.toContain('p1');
    const grouped = await json(
      'search',
      picture(5),
      '-k',
      '50',
      '--group-by',
      'patient',
      '--diversify',
      '0.2',
    );
    expect(grouped.neighbours).toHaveLength(5);
  });

  it('marks copies and near-duplicates apart from look-alikes', async () => {
    const { copies, neighbours } = await json('search', picture(3), '-k', '50');
    expect(copies.map(({ path }: { path: string }) => path)).toEqual(['3.png', 'copy.png']);
    const near = neighbours.filter((each: { nearDuplicate: boolean }) => each.nearDuplicate);
    expect(paths({ neighbours: near })).toContain('near.jpg');
    expect(near.length).toBeLessThan(neighbours.length);
  });

  it.each([
    [['--image', '1', '--image', '2', '--region', '0,0,4,4']],
    [['--image', '1', '--exclude', 'hospital']],
  ])('refuses %j', async (args) => {
    expect((await command('search', ...args)).code).toBe(2);
  });
});

describe('semblance duplicates', () => {
  const clusters = async () => {
    const result = await json('duplicates');
    const named = result.clusters.map((each: { kind: string; images: { path: string }[] }) => [
      each.kind,
      ...each.images.map(({ path }) => path),
    ]);
    return { named, unhashed: result.unhashed };
  };

  it('lists what shows the same, also after hashes were added to an older collection', async () => {
    const first = await clusters();
    expect(first.unhashed).toBe(0);
    expect(first.named).toContainEqual(['near', '3.png', 'copy.png', 'near.jpg']);
    const db = new Database(join(home, 'default.db'));
    db.exec('UPDATE items SET phash = NULL');
    db.close();
    const without = await clusters();
    expect(without).toEqual({ unhashed: 14, named: [['exact', '3.png', 'copy.png']] });
    expect((await command('duplicates')).stdout).toContain('Run `semblance index` again');
    expect(await json('index', images)).toMatchObject({ added: 0, unchanged: 14 });
    expect(await clusters()).toEqual(first);
  });
});
