import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { Semblance } from '../app/semblance.ts';
import { madeUpCollection } from '../testing/made-up-collection.ts';
import { COMMANDS } from './commands.ts';

const folder = mkdtempSync(join(tmpdir(), 'semblance-json-'));
const home = join(folder, 'home');
const images = join(folder, 'images');
const collection = 'made-up';
let semblance: Semblance;

beforeAll(async () => {
  mkdirSync(home);
  madeUpCollection(join(home, `${collection}.db`), { patients: 60 }).store.close();
  semblance = await Semblance.open({ home });
  mkdirSync(images);
  for (const level of [10, 90]) {
    const create = { width: 8, height: 8, background: { r: level, g: 20, b: 30 } };
    await sharp({ create: { ...create, channels: 3 } }).toFile(join(images, `${level}.png`));
  }
  await semblance.indexing.index({}, { collection: 'pictures', path: images });
});
afterAll(async () => {
  await semblance.close();
  rmSync(folder, { recursive: true });
});

/** What a command prints. */
async function printed(name: string, ...args: string[]): Promise<string> {
  const entry = COMMANDS.find((each) => each.name === name);
  const program = new Command().option('--home <folder>').option('--json');
  (await entry?.load())?.(program.command(name));
  let text = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += chunk;
    return true;
  });
  try {
    await program.parseAsync(['--json', '--home', home, name, ...args], { from: 'user' });
  } finally {
    write.mockRestore();
  }
  return text;
}

/** Commands with what the services answer to the same. */
const CASES: [args: string[], answer: () => unknown][] = [
  [
    ['index', images, '-c', 'pictures'],
    () => semblance.indexing.index({}, { collection: 'pictures', path: images }),
  ],
  [['worker', '-c', 'pictures'], () => semblance.indexing.work({}, { collection: 'pictures' })],
  [['collections'], () => semblance.collections.inventory()],
  [['info', collection], () => semblance.collections.info({ collection })],
  [['check'], () => semblance.collections.check({}, {})],
  [['duplicates', '-c', collection], () => semblance.collections.duplicates({ collection })],
  [
    ['remove', '-c', collection, '-n', '-f', 'split=test'],
    () => semblance.collections.remove({ collection, filter: ['split=test'], dryRun: true }),
  ],
  [['encoders'], () => semblance.encoders.list()],
  [['encoders', 'history', '-c', collection], () => semblance.encoders.history({ collection })],
  [
    ['encoders', 'missing', 'made-up', '-c', collection],
    () => semblance.encoders.missing({ collection, encoders: ['made-up'] }),
  ],
  [['models', 'list'], () => semblance.models.list()],
  [
    ['calibrate', '-c', collection],
    // The command goes first, and what it stored is read.
    () => semblance.calibration.stored({ collection }),
  ],
];

it.each(CASES)('%j prints what the service answers', async ([name, ...args], answer) => {
  const text = await printed(name as string, ...args);
  expect(text).toBe(`${JSON.stringify(await answer(), null, 2)}\n`);
});
