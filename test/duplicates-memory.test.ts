import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import Database from 'libsql';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type MadeUpHome, madeUpHome } from '../src/testing/made-up-home.ts';
import { MAIN } from './program.ts';

const IMAGES = 300_000;
/** So many of them are copies of the one before. */
const COPIES = 1000;
/** Megabytes of heap: an object for each image would take more. */
const HEAP = 64;

let made: MadeUpHome;
beforeAll(async () => {
  made = await madeUpHome({ patients: 20 });
  await made.semblance.close();
  const db = new Database(`${made.path}/${made.collection}.db`);
  // Beside some images of embeddings alone: so many with files of different contents and hashes.
  db.exec(`
    BEGIN;
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${IMAGES - COPIES})
      INSERT INTO objects (id, hash, bytes) SELECT i, printf('%064x', i), 1 FROM n;
    INSERT INTO items (source_id, path, frame, object_id, width, height, facts, phash, fields)
      SELECT (SELECT min(id) FROM sources), 'file ' || id || ' ' || half, 1, id, 8, 8, NULL,
        printf('%08x%08x', id * 2654435761 % 4294967296, id * 40503 % 4294967296 * 2246822519 % 4294967296),
        '[[],[],[null,null,null]]'
      FROM objects JOIN (SELECT 0 AS half UNION SELECT 1) WHERE half = 0 OR id <= ${COPIES} ORDER BY id, half;
    DELETE FROM meta WHERE key = 'images';
    COMMIT;
  `);
  db.close();
});
afterAll(() => made.close());

it('duplicates of many images are found without an object for each', async () => {
  const args = [`--max-old-space-size=${HEAP}`, MAIN, '--home', made.path, '--json', 'duplicates'];
  const { stdout } = await promisify(execFile)(process.execPath, [...args, '-c', made.collection], {
    maxBuffer: 2 ** 30,
  });
  const found = JSON.parse(stdout);
  expect(stdout).toBe(`${JSON.stringify(found, null, 2)}\n`);
  expect(found).toMatchObject({ compared: IMAGES, unhashed: 0, unread: 40 });
  expect(found.clusters).toHaveLength(COPIES);
  expect(found.clusters[7]).toMatchObject({
    kind: 'exact',
    images: [{ path: 'file 8 0' }, { path: 'file 8 1' }],
  });
});
