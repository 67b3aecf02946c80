import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openSmall } from './small-database.ts';

const folder = mkdtempSync(join(tmpdir(), 'semblance-small-database-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('a file of a newer layout is refused and stays as it is', () => {
  const file = join(folder, 'some.sqlite');
  const schema = 'CREATE TABLE IF NOT EXISTS some (id INTEGER PRIMARY KEY)';
  openSmall(file, schema, 2).db.close();
  expect(() => openSmall(file, schema, 1)).toThrow(
    expect.objectContaining({ code: 'COLLECTION_TOO_NEW' }),
  );
  openSmall(file, schema, 2).db.close();
});
