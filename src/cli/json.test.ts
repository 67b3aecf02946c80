import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { madeUpHome } from '../testing/made-up-home.ts';
import { printedBy } from '../testing/run-command.ts';
import { COMMANDS } from './commands.ts';

const made = await madeUpHome({ patients: 60 });
const { path: home, collection, semblance } = made;
const images = join(made.folder, 'images');

beforeAll(async () => {
  mkdirSync(images);
  for (const level of [10, 90]) {
    const create = { width: 8, height: 8, background: { r: level, g: 20, b: 30 } };
    await sharp({ create: { ...create, channels: 3 } }).toFile(join(images, `${level}.png`));
  }
  await semblance.indexing.index({}, { collection: 'pictures', path: images });
});
afterAll(made.close);

/** What a command prints. */
async function printed(name: string, ...args: string[]): Promise<string> {
  const load = COMMANDS.find((each) => each.name === name)?.load;
  return printedBy((await load?.()) ?? expect.fail(name), home, args);
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
  [['duplicates', '-c', collection], () => semblance.collections.duplicates({}, { collection })],
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
  [['map', '-c', collection], () => semblance.maps.stored({}, { collection })],
];

it.each(CASES)('%j prints what the service answers', async ([name, ...args], answer) => {
  const text = await printed(name as string, ...args);
  expect(text).toBe(`${JSON.stringify(await answer(), null, 2)}\n`);
});
