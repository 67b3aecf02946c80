import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { described } from '../testing/described.ts';
import { CollectionStore } from './collection-store.ts';
import { Connection } from './connection.ts';

const dimension = 6;

describe('embeddings that threads read', () => {
  let folder: string;
  let store: CollectionStore;
  let encoderId: number;

  const vector = (row: number) =>
    Float32Array.from({ length: dimension }, (_, i) => (row % 5 === 0 ? 0 : row - i * 0.25));
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'semblance-read-'));
    store = CollectionStore.open(join(folder, 'x.db'), { create: true });
    const encoder = { name: 'made-up', fingerprint: 'f', dimension, definition: '{}' };
    encoderId = store.encoders.register(encoder);
    const images = Array.from({ length: 700 }, (_, row) => ({
      description: described(`${row}.png`),
      content: {
        ...{ contentHash: `hash-${row}`, bytes: 1, width: 1, height: 1 },
        decoding: {} as never,
      },
      embeddings: new Map([[encoderId, vector(row)]]),
    }));
    store.writer.write(store.sources.register('/pictures'), images);
    // Numbers with gaps between them.
    store.writer.remove(store.images.page({ limit: 30 }));
    store.writer.remove([store.images.get(300)]);
  });
  afterEach(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });

  const read = async (rows = store.embeddings.count(encoderId)) => {
    const matrix = {
      dimension,
      ids: new Int32Array(new SharedArrayBuffer(4 * rows)),
      values: new Float32Array(new SharedArrayBuffer(4 * dimension * rows)),
      inverses: new Float64Array(new SharedArrayBuffer(8 * rows)),
    };
    return { isRead: await store.embeddings.readInto(encoderId, matrix), matrix };
  };
  /** Changes the file behind the back of the store. */
  const alter = (sql: string) => {
    const connection = new Connection(store.file, false);
    connection.db.exec(sql);
    connection.close();
  };
  const zeros = (bytes: number) => `UPDATE embeddings SET vector = zeroblob(${bytes})`;

  it('are those that are read one by one', async () => {
    const { isRead, matrix } = await read();
    expect(isRead).toBe(true);
    const rows = [...store.embeddings.each(encoderId)];
    expect(rows).toHaveLength(669);
    expect([...matrix.ids]).toEqual(rows.map(([id]) => id));
    expect([...matrix.values]).toEqual(rows.flatMap(([, values]) => [...values]));
    expect([...matrix.inverses]).toEqual(
      rows.map(([, values]) => {
        const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
        return length > 0 ? 1 / length : 0;
      }),
    );
  });

  it('are not taken where there are others in number, one is altered, or is no embedding', async () => {
    expect((await read(668)).isRead).toBe(false);
    expect((await read(670)).isRead).toBe(false);
    alter(`${zeros(4 * dimension)} WHERE item_id = 400`);
    expect((await read()).isRead).toBe(false);
    alter(`${zeros(4 * dimension + 4)} WHERE item_id = 400`);
    expect((await read()).isRead).toBe(false);
    // One by one, each is read as long as it is.
    const lengths = [...store.embeddings.each(encoderId)].map(([, { length }]) => length);
    expect(lengths.filter((length) => length !== dimension)).toEqual([dimension + 1]);
    alter('DELETE FROM embeddings WHERE item_id = 400');
    expect((await read()).isRead).toBe(false);
  });
});
