import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import Database from 'libsql';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { randomFrom } from '../src/domain/random.ts';
import { DIMENSION } from '../src/testing/made-up-collection.ts';
import { type MadeUpHome, madeUpHome } from '../src/testing/made-up-home.ts';
import { MAIN } from './program.ts';

const IMAGES = 300_000;
/** So many of them are copies of the one before. */
const COPIES = 1000;
/** Contents of each patient; of so many patients one is in val, and one in test. */
const [OF_A_PATIENT, PART] = [3, 600];
/** Of so many patients two have a site: those of val and test, and some of train. */
const SITED = 200;
/** Images of embeddings alone beside them, three fifths of them in train. */
const IMPORTED = 40;
/** Megabytes of heap: an object for each image would take more. */
const HEAP = 48;

let made: MadeUpHome;
beforeAll(async () => {
  made = await madeUpHome({ patients: IMPORTED / 2 });
  await made.semblance.close();
  const db = new Database(`${made.path}/${made.collection}.db`);
  /** SQL: the value of this number among those that the field has. */
  const value = (field: string, number: string) =>
    `(SELECT json_group_array(id) FROM (SELECT id FROM field_values WHERE field = '${field}' ORDER BY value)) ->> (${number})`;
  const patient = `(objects.id / ${OF_A_PATIENT})`;
  // So many with files of different contents and hashes, of many patients; their labels tell nothing of their embeddings.
  db.exec(`
    BEGIN;
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${IMAGES - COPIES})
      INSERT INTO objects (id, hash, bytes) SELECT i, printf('%064x', i), 1 FROM n;
    INSERT INTO field_values (id, field, value)
      SELECT DISTINCT 1000 + ${patient}, 'patient', printf('%064x', ${patient}) FROM objects
      UNION ALL VALUES (998, 'site', 'a'), (999, 'site', 'b');
    INSERT INTO items (source_id, path, frame, object_id, width, height, facts, phash, fields)
      SELECT (SELECT min(id) FROM sources), 'file ' || id || ' ' || half, 1, id, 8, 8, NULL,
        printf('%08x%08x', id * 2654435761 % 4294967296, id * 40503 % 4294967296 * 2246822519 % 4294967296),
        printf('[[%d%s],[%d],[%d]]',
          ${value('split', `CASE ${patient} % ${PART} WHEN 0 THEN 0 WHEN 1 THEN 2 ELSE 1 END`)},
          iif(${patient} % ${SITED} < 2, ',' || (998 + ${patient} / ${SITED} % 2), ''),
          ${value('label', `${patient} / ${PART} % 4`)}, 1000 + ${patient})
      FROM objects JOIN (SELECT 0 AS half UNION SELECT 1) WHERE half = 0 OR id <= ${COPIES} ORDER BY id, half;
    DELETE FROM meta WHERE key = 'images' OR key LIKE 'embeddings:%' OR key LIKE 'sum:%';
  `);
  const put = db.prepare('INSERT INTO embeddings (encoder_id, item_id, vector) VALUES (1, ?, ?)');
  const random = randomFrom(1);
  for (let id = IMPORTED + 1; id <= IMPORTED + IMAGES; id++) {
    const vector = Float32Array.from({ length: DIMENSION }, () => random() - 0.5);
    put.run([id, Buffer.from(vector.buffer)]);
  }
  db.exec('COMMIT');
  db.close();
});
afterAll(() => made.close());

/** What a command prints as JSON in a small heap. */
async function told(...command: string[]) {
  const args = [`--max-old-space-size=${HEAP}`, MAIN, '--home', made.path, '--json', ...command];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 2 ** 30 });
  return { stdout, json: JSON.parse(stdout) };
}

it('duplicates of many images are found without an object for each', async () => {
  const { stdout, json: found } = await told('duplicates', '-c', made.collection);
  expect(stdout).toBe(`${JSON.stringify(found, null, 2)}\n`);
  expect(found).toMatchObject({ compared: IMAGES, unhashed: 0, unread: IMPORTED });
  expect(found.clusters).toHaveLength(COPIES);
  expect(found.clusters[7]).toMatchObject({
    kind: 'exact',
    images: [{ path: 'file 8 0' }, { path: 'file 8 1' }],
  });
});

it('similarities in many images are calibrated without an object for each', async () => {
  const { json } = await told('calibrate', '-c', made.collection);
  const { index, fitted, figures } = json;
  const [val, test] = [figures.choose.queries, figures.measure.queries];
  expect(json.images).toBe(IMPORTED + IMAGES);
  expect(index + val + test).toBe(IMPORTED + IMAGES);
  expect(val / IMAGES).toBeCloseTo(1 / PART, 3);
  expect(fitted.queries).toBeGreaterThan(4900);
  expect(figures.choose.neighbours.count).toBe(24 * val);
});

it('an encoder is adapted to some of many images without an object for each of all', async () => {
  const args = ['-c', made.collection, '--name', 'adapted', '--field', 'site'];
  const { json } = await told('adapt', ...args);
  expect(json).toMatchObject({ classes: 2, better: false, parts: [{ on: 'val' }, { on: 'test' }] });
  const queries = json.parts.map((part: { queries: number }) => part.queries);
  expect((json.images + queries[0] + queries[1]) / IMAGES).toBeCloseTo(2 / SITED, 3);
});

it('images are looked for by their files and their paths without an object for each of all', async () => {
  const { collection } = made;
  // The folder is not there, so that nobody can tell what is missing in it.
  const { json } = await told('remove', '-c', collection, '--missing');
  expect(json).toEqual({ collection, dryRun: false, unclear: IMAGES, removed: [] });
  const { json: named } = await told('remove', '-n', '-c', collection, '/nowhere/file 8 1');
  expect(named.removed).toMatchObject([{ path: 'file 8 1' }]);
});
