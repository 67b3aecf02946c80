import {
  chmodSync,
  cpSync,
  mkdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import Database from 'libsql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MadeUpHome, madeUpHome } from '../testing/made-up-home.ts';
import { inOldLayout } from '../testing/old-layout.ts';
import { tinyEncoder } from '../testing/tiny-encoder.ts';
import { Semblance } from './semblance.ts';

let made: MadeUpHome;
let copies = 0;

beforeAll(async () => {
  made = await madeUpHome({ patients: 20 });
  for (let i = 0; i < 5; i++) {
    await made.semblance.audit.record({ event: 'view', operation: 'getImage', outcome: 'done' });
  }
  made.semblance.tasks.begin({ kind: 'prune', collection: made.collection });
  await made.semblance.close();
});
afterAll(() => made.close());

/** What is found in a copy of the data directory that something was done to. */
async function found(change: (home: string) => void, request = {}) {
  const home = join(made.folder, `copy-${copies++}`);
  cpSync(made.path, home, { recursive: true, preserveTimestamps: true });
  change(home);
  const semblance = await Semblance.open({ home, logger: { warn: () => undefined } });
  try {
    const { checks } = await semblance.doctor.examine({}, request);
    return {
      home,
      of: (check: string) => checks.find((each) => each.check === check),
      bad: checks
        .filter(({ state }) => state !== 'ok')
        .map(({ check, state, found }) => `${state} ${check}: ${found}`),
      advised: checks.every(({ state, advice }) => (state === 'ok') === (advice === null)),
    };
  } finally {
    await semblance.close();
  }
}

const sql = (file: string, text: string) => {
  const db = new Database(file);
  db.exec(text);
  db.close();
};
/** Overwrites the second half of a file. */
const spoil = (file: string) => {
  const bytes = readFileSync(file);
  bytes.fill(0x5a, bytes.length / 2);
  writeFileSync(file, bytes);
};

describe('the doctor', () => {
  it('finds nothing wrong with what is whole', async () => {
    const { bad, of, advised } = await found(() => undefined);
    expect(bad).toEqual([]);
    expect(advised).toBe(true);
    expect(of('collection')).toMatchObject({ subject: 'made-up' });
    expect(of('collection')?.found).toMatch(/^40 images, 40 embeddings\./);
    expect(of('audit log')?.found).toMatch(/^The last 5 entries/);
    expect(of('tasks')?.state).toBe('ok');
  });

  const chest = (home: string) => join(home, 'made-up.db');
  const audit = (home: string) => join(home, 'audit.sqlite');
  const unlock = 'DROP TRIGGER no_delete; DROP TRIGGER no_update;';
  it.each<[string, (home: string) => void, RegExp]>([
    ['a spoilt collection', (home) => spoil(chest(home)), /^failed collection: .*damaged/i],
    [
      'no database in the place of one',
      (home) => writeFileSync(chest(home), 'x'.repeat(8192)),
      /^failed collection: COLLECTION_DAMAGED/,
    ],
    ['a spoilt list of tasks', (home) => spoil(join(home, 'tasks.sqlite')), /^failed tasks: /],
    [
      'a collection of a later program',
      (home) => sql(chest(home), 'PRAGMA user_version = 99'),
      /^failed collection: COLLECTION_TOO_NEW/,
    ],
    [
      'an audit log without its end',
      (home) => sql(audit(home), `${unlock} DELETE FROM entries WHERE number = 5`),
      /^failed audit log: AUDIT_BROKEN.*Entry 5 is missing/,
    ],
    [
      'an entry that was changed',
      (home) => sql(audit(home), `${unlock} UPDATE entries SET entry = '{}' WHERE number = 1`),
      /^failed audit log: AUDIT_BROKEN.*Entry 1/,
    ],
    [
      'a file of the future',
      (home) => utimesSync(chest(home), new Date(), new Date(Date.now() + 86_400_000)),
      /^failed clock: .*later/,
    ],
    ['an open folder', (home) => chmodSync(home, 0o755), /^warning data directory: /],
    [
      'a model without its file',
      (home) => {
        mkdirSync(join(home, 'encoders'), { recursive: true });
        const { name, ...rest } = tinyEncoder(1, join(home, 'encoders'));
        writeFileSync(join(home, 'encoders', `${name}.json`), JSON.stringify({ name, ...rest }));
        rmSync((rest.model as { file: string }).file);
      },
      /^failed model: /,
    ],
    [
      'a model with other bytes than were described',
      (home) => {
        mkdirSync(join(home, 'encoders'), { recursive: true });
        const { name, model, ...rest } = tinyEncoder(1, join(home, 'encoders'));
        const described = { ...model, sha256: '0'.repeat(64) };
        const text = JSON.stringify({ name, ...rest, model: described });
        writeFileSync(join(home, 'encoders', `${name}.json`), text);
      },
      /^failed model: .*SHA-256/,
    ],
  ])('finds %s', async (_, change, says) => {
    const { bad, advised } = await found(change);
    expect(bad).toEqual([expect.stringMatching(says), ...bad.slice(1)]);
    expect(bad.length).toBeLessThanOrEqual(2);
    expect(advised).toBe(true);
  });

  it('leaves a collection of an earlier layout as it is', async () => {
    let before: Buffer | undefined;
    const { bad, home } = await found((home) => {
      inOldLayout(chest(home), 4);
      before = readFileSync(chest(home));
    });
    expect(bad).toEqual([expect.stringMatching(/^warning collection: .*layout 4/)]);
    expect(readFileSync(chest(home)).equals(before as Buffer)).toBe(true);
  });

  it('says which ports are taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const host = '127.0.0.1';
    const { bad } = await found(() => undefined, { ports: [{ what: 'page', host, port }] });
    expect(bad).toEqual([expect.stringMatching(/^warning port: A program listens there/)]);
    server.close();
  });
});
