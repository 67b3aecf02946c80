import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterAll, describe, expect, it } from 'vitest';
import { SemblanceError } from '../domain/errors/error.ts';
import { randomFrom } from '../domain/random.ts';
import { PreprocessPool } from '../encoding/preprocess/pool.ts';
import { EncoderSpace } from '../search/encoder-space.ts';
import { Searcher } from '../search/searcher.ts';
import { madeUpCollection } from '../testing/made-up-collection.ts';
import { CollectionStore } from './collection-store.ts';
import type { StoredEncoder } from './records.ts';

const folder = mkdtempSync(join(tmpdir(), 'semblance-integrity-'));
const whole = join(folder, 'whole.db');
/** A name of its own for each: a connection may outlive its closing for a while. */
let made = 0;
const another = () => join(folder, `broken-${made++}.db`);
afterAll(() => rmSync(folder, { recursive: true }));

madeUpCollection(whole, { patients: 40 }).store.close();
// All of it into the one file.
const raw = new Database(whole);
raw.exec('PRAGMA wal_checkpoint(TRUNCATE)');
raw.close();
const bytes = readFileSync(whole);

/** Everything that a user would look at. */
async function answers(file: string): Promise<string> {
  const store = CollectionStore.open(file);
  const [encoder] = store.encoders.list();
  const space = new EncoderSpace(encoder as StoredEncoder);
  try {
    const searcher = new Searcher(store, space, new PreprocessPool());
    const out: unknown[] = [store.images.count(), store.fields.facets([])];
    for (const where of ['', 'label:round', 'split:train -label:oval']) {
      const filter = store.fields.where(where);
      out.push(store.images.page({ filter }).map(({ decoding: _, ...image }) => image));
      const parts = [{ kind: 'image', id: 3 } as const];
      const { neighbours } = await searcher.search(parts, { k: 100, filter });
      out.push(
        neighbours.map(({ similarity, image: { decoding: _, ...image } }) => [similarity, image]),
      );
    }
    return JSON.stringify(out);
  } finally {
    store.close();
    await space.release();
  }
}

const random = randomFrom(7);
const any = (below: number) => Math.floor(random() * below);
const PAGE = 4096;
const pages = bytes.length / PAGE;

/** Ways in which a disk or a copy damages a file. */
const DAMAGES: Record<string, (data: Buffer) => Buffer> = {
  'a flipped bit': (data) => {
    const at = any(data.length);
    data[at] = (data[at] as number) ^ (1 << any(8));
    return data;
  },
  'some other bytes': (data) => {
    for (let i = 0; i < 8; i++) data[any(data.length)] = any(256);
    return data;
  },
  'a page in the place of another': (data) => {
    const from = any(pages) * PAGE;
    data.copy(data, any(pages) * PAGE, from, from + PAGE);
    return data;
  },
  'a page of zeros': (data) => {
    const at = any(pages) * PAGE;
    return data.fill(0, at, at + PAGE);
  },
  'an early end': (data) => data.subarray(0, any(data.length)),
};

/** Errors that say what is wrong with a damaged collection. */
const SAID = ['COLLECTION_DAMAGED', 'COLLECTION_EMPTY', 'COLLECTION_TOO_NEW', 'QUERY_INVALID'];

describe('a damaged collection', () => {
  it.each(Object.entries(DAMAGES))('is never wrong without a word: %s', async (_, damage) => {
    const right = await answers(whole);
    for (let n = 0; n < 40; n++) {
      const broken = another();
      writeFileSync(broken, damage(Buffer.from(bytes)));
      const answer = await answers(broken).catch((error: unknown) => error);
      if (answer === right) continue;
      if (typeof answer !== 'string') {
        expect(answer).toBeInstanceOf(SemblanceError);
        expect(SAID).toContain((answer as SemblanceError).code);
        continue;
      }
      // What no reader can notice, the check does.
      const store = CollectionStore.open(broken);
      expect(store.check().faults).not.toEqual([]);
      store.close();
    }
  });

  it.each([
    ['an embedding is lost', 'DELETE FROM embeddings WHERE item_id = 7'],
    ['an embedding is another', 'UPDATE embeddings SET vector = zeroblob(64) WHERE item_id = 7'],
    [
      'two embeddings are exchanged',
      'CREATE TEMP TABLE old AS SELECT * FROM embeddings; UPDATE embeddings SET vector = (SELECT vector FROM old WHERE old.item_id = 15 - embeddings.item_id) WHERE item_id IN (7, 8)',
    ],
    ['an image is lost', 'PRAGMA foreign_keys = OFF; DELETE FROM items WHERE id = 7'],
    [
      'a label is another',
      `UPDATE items SET fields = (SELECT fields FROM images WHERE id = 1) WHERE id = 7`,
    ],
    ['a value is lost', "DELETE FROM field_values WHERE value = 'round'"],
    [
      'an image is lost of a value',
      'DELETE FROM image_values WHERE image_id = 7 AND value_id IN (SELECT max(value_id) FROM image_values WHERE image_id = 7)',
    ],
    [
      'an image is found by a value that it has not',
      "INSERT INTO image_values SELECT id, 7 FROM field_values WHERE value IN ('round', 'oval') ON CONFLICT DO NOTHING",
    ],
    ['a value is kept of nobody', "INSERT INTO field_values (field, value) VALUES ('f', 'v')"],
    ['a text is not UTF-8', `UPDATE items SET path = CAST(x'61ff62' AS TEXT) WHERE id = 7`],
    [
      'a field is not UTF-8',
      `UPDATE field_values SET value = CAST(x'61ff62' AS TEXT) WHERE value = 'round'`,
    ],
    ['a description is null', `UPDATE items SET fields = 'null' WHERE id = 7`],
    ['a column has another name', 'ALTER TABLE embeddings RENAME COLUMN vector TO vectox'],
    ['a description is no JSON', `UPDATE items SET fields = '[[' WHERE id = 7`],
  ])('is found when %s', async (_, sql) => {
    const broken = another();
    copyFileSync(whole, broken);
    const db = new Database(broken);
    for (const statement of sql.split('; ')) db.exec(statement);
    db.close();
    const store = CollectionStore.open(broken);
    expect(store.check().faults).not.toEqual([]);
    store.close();
    if (
      sql.includes('embeddings') ||
      sql.includes('CAST') ||
      /DELETE FROM (images|field_values|embeddings)/.test(sql)
    ) {
      await expect(answers(broken)).rejects.toMatchObject({ code: 'COLLECTION_DAMAGED' });
    }
  });
});

describe('the sum of embeddings', () => {
  it('stays right through writing, replacing and removing, and is not believed of other writers', () => {
    const { store, encoder } = madeUpCollection(join(folder, 'sum.db'), { patients: 10 });
    expect(store.check()).toMatchObject({ faults: [], unproved: [], images: 20 });
    store.embeddings.write(encoder.id, [[3, new Float32Array(16).fill(0.5)]]);
    store.writer.remove([store.images.get(5), store.images.get(6)]);
    expect(store.check().faults).toEqual([]);
    expect(store.check().images).toBe(18);
    // As a program would that keeps no sums: it names a new state and counts.
    const db = new Database(store.file);
    db.exec(`DELETE FROM embeddings WHERE item_id = 3;
      UPDATE meta SET value = 'another' WHERE key = 'state:${encoder.id}';
      UPDATE meta SET value = '17' WHERE key = 'embeddings:${encoder.id}'`);
    db.close();
    expect(store.check()).toMatchObject({ faults: [], unproved: ['made-up'] });
    expect(store.check().unproved).toEqual([]);
    store.encoders.drop(encoder.id);
    expect(store.check().faults).toEqual([]);
    store.close();
  });
});
