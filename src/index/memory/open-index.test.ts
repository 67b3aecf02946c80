import { spawnSync } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WAITING, type Waiting } from '../../domain/logger.ts';
import { CollectionStore } from '../../store/collection-store.ts';
import { Connection } from '../../store/connection.ts';
import { described } from '../../testing/described.ts';
import type { EmbeddingSource } from '../embedding-source.ts';
import type { VectorIndex } from '../vector-index.ts';
import { FlatIndex } from './flat-index.ts';
import { indexFile } from './kept-files.ts';
import type { LayeredIndex } from './layered-index.ts';
import { embeddedIndex } from './open-index.ts';
import { onceWithIndex } from './shared-index.ts';

const dimension = 4096;
/** Enough numbers for an index that is worth keeping. */
const rows = 2100;

describe('the index in this process', () => {
  let folder: string;
  let store: CollectionStore;
  let encoderId: number;

  const vector = (row: number) =>
    Float32Array.from(
      { length: dimension },
      (_, i) => ((row * 31 + i * 17 + i * i * (row % 13)) % 97) - 48,
    );
  const add = (from: number, to: number) => {
    const images = Array.from({ length: to - from }, (_, i) => ({
      description: described(`${from + i}.png`),
      content: {
        contentHash: `hash-${from + i}`,
        bytes: 1,
        width: 1,
        height: 1,
        decoding: {} as never,
      },
      embeddings: new Map([[encoderId, vector(from + i)]]),
    }));
    store.writer.write(store.sources.register('/pictures'), images);
  };
  /** Neighbours of row 5, as a new process finds them. */
  const search = async () => {
    const encoder = store.encoders.list()[0];
    if (encoder === undefined) throw new Error('no encoder');
    const { neighbours, candidates } = await onceWithIndex(embeddedIndex, store, encoder, (index) =>
      index.search([vector(5)], 10),
    );
    return { candidates, hits: neighbours[0] };
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'semblance-space-'));
    store = CollectionStore.open(join(folder, 'x.db'), { create: true });
    const definition = JSON.stringify({ name: 'made-up' });
    encoderId = store.encoders.register({
      name: 'made-up',
      fingerprint: 'f',
      dimension,
      definition,
    });
    add(0, rows);
  });
  afterEach(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });

  it('tells whoever waits how far it is', async () => {
    const told: Waiting[] = [];
    const note = (message: unknown) => told.push(message as Waiting);
    add(0, rows);
    subscribe(WAITING, note);
    try {
      await search();
      expect([...new Set(told.map(({ unit }) => unit))]).toEqual([
        'embeddings read',
        'embeddings coded',
        'embeddings kept',
      ]);
      const built = told.splice(0);
      await search();
      expect([...new Set(told.map(({ unit }) => unit))]).toEqual(['embeddings of the kept index']);
      for (const { unit } of [...built, ...told]) {
        const counts = [...built, ...told].filter((each) => each.unit === unit);
        expect(counts.at(-1)).toEqual({ unit, done: rows, total: rows });
        expect(counts.map(({ done }) => done)).toEqual(
          counts.map(({ done }) => done).toSorted((a, b) => a - b),
        );
      }
    } finally {
      unsubscribe(WAITING, note);
    }
  });

  it('is kept beside the collection, and built again when stale, damaged or interrupted', async () => {
    const file = join(folder, `x.db.${encoderId}.index`);
    const first = await search();
    expect(first.candidates).toBe(rows);
    const written = statSync(file).mtimeMs;
    expect(await search()).toEqual(first);
    expect(statSync(file).mtimeMs).toBe(written);

    const bytes = readFileSync(file);
    bytes[1_000_000] = (bytes[1_000_000] as number) ^ 1;
    writeFileSync(file, bytes);
    expect(await search()).toEqual(first);
    expect(statSync(file).mtimeMs).toBeGreaterThan(written);

    // What is written from now on is searched beside it; little is no reason to write it again.
    const kept = statSync(file).mtimeMs;
    add(rows, rows + 1);
    expect((await search()).candidates).toBe(rows + 1);
    expect(statSync(file).mtimeMs).toBe(kept);

    // What processes leave: of other machines today and long ago, of one that has ended here, and of one at work.
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    const host = crc32(hostname()).toString(16);
    const parts = ['1', '2', `${host}-${pid}-x`, `${host}-${process.ppid}-x`].map(
      (name) => `${file}.${name}.part`,
    );
    for (const part of parts) writeFileSync(part, bytes.subarray(0, 5000));
    utimesSync(parts[1] as string, 0, 0);
    expect((await search()).candidates).toBe(rows + 1);
    expect(parts.map((part) => existsSync(part))).toEqual([true, false, false, true]);

    // One that became too small to be kept leaves no file, which would have what has gone.
    store.writer.remove(store.images.page({ limit: 1000 }));
    expect((await search()).candidates).toBe(rows - 999);
    expect(existsSync(file)).toBe(false);
  });

  it('is of one state, whatever is written while it is read', async () => {
    const encoder = store.encoders.list()[0];
    if (encoder === undefined) throw new Error('no encoder');
    const vectorOf = (index: VectorIndex) => (index as LayeredIndex).vectorOf(7);
    const [before, after] = [vector(6), vector(5)];
    await store.snapshot(async (state) => {
      // Threads see what this state does not.
      store.embeddings.write(encoderId, [[7, after]]);
      const index = await embeddedIndex(state, encoder);
      expect(vectorOf(index)).toEqual(before);
      await index.release();
    });
    const index = await embeddedIndex(store, encoder);
    expect(vectorOf(index)).toEqual(after);
    await index.release();
  });

  it('follows what is written, by the index in memory and by the file', async () => {
    const encoder = store.encoders.list()[0];
    if (encoder === undefined) throw new Error('no encoder');
    const ask = (index: VectorIndex) => index.search([vector(5), vector(77)], 40);
    let read = 0;
    const source: EmbeddingSource = {
      file: store.file,
      generation: (id) => store.generation(id),
      stateName: (id) => store.stateName(id),
      identity: () => store.identity(),
      embeddings: {
        imageIds: (id) => store.embeddings.imageIds(id),
        count: (id) => store.embeddings.count(id),
        changedSince: (...asked) => store.embeddings.changedSince(...asked),
        digest: (...asked) => store.embeddings.digest(...asked),
        areChanged: (...asked) => store.embeddings.areChanged(...asked),
        get: (...asked) => {
          read += 1;
          return store.embeddings.get(...asked);
        },
        each: () => {
          throw new Error('It is built anew.');
        },
        readInto: () => {
          throw new Error('It is built anew.');
        },
      },
    };
    let index = await embeddedIndex(store, encoder);
    const steps = [
      () => add(rows, rows + 3),
      () => store.embeddings.write(encoderId, [[7, vector(5)]]),
      () => store.writer.remove([store.images.get(8)]),
      () => add(3, 6),
      () => store.writer.remove([store.images.get(rows + 3)]),
      () => add(rows + 3, rows + 4),
    ];
    for (const step of steps) {
      const before = store.embeddings.count(encoderId);
      step();
      read = 0;
      const next = await embeddedIndex(source, encoder, index);
      expect(read).toBeLessThanOrEqual(3);
      await index.release();
      index = next;
      const anew = await FlatIndex.build(dimension, store.embeddings.each(encoderId), {
        codes: false,
      });
      const wanted = await ask(anew);
      await anew.release();
      expect(await ask(index)).toEqual(wanted);
      // As another process does it; what has gone it forgets, also in the file.
      const gone = store.embeddings.count(encoderId) < before;
      const loaded = await embeddedIndex(gone ? store : source, encoder);
      expect(await ask(loaded)).toEqual(wanted);
      await loaded.release();
      let kept = 0;
      await FlatIndex.load(indexFile(store, encoderId), ({ rows }) => {
        kept = rows;
        return false;
      });
      if (gone) expect(kept).toBe(store.embeddings.count(encoderId));
    }
    await index.release();
  });

  it('is merged into the file by a process that stays, not by one that only searches once', async () => {
    const encoder = store.encoders.list()[0];
    if (encoder === undefined) throw new Error('no encoder');
    const keptRows = async () => {
      let kept = 0;
      await FlatIndex.load(indexFile(store, encoderId), ({ rows }) => {
        kept = rows;
        return false;
      });
      return kept;
    };
    await search();
    const more = 1100;
    add(rows, rows + more);
    expect((await search()).candidates).toBe(rows + more);
    expect(await keptRows()).toBe(rows);
    const index = await embeddedIndex(store, encoder);
    while ((await keptRows()) === rows) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await keptRows()).toBe(rows + more);
    await index.release();
    expect((await search()).candidates).toBe(rows + more);
  });

  it('answers by all rows while it is coded, and is kept meanwhile', async () => {
    const encoder = store.encoders.list()[0];
    if (encoder === undefined) throw new Error('no encoder');
    const file = indexFile(store, encoderId);
    const anew = async () => {
      const index = await FlatIndex.build(dimension, store.embeddings.each(encoderId), {
        codes: false,
      });
      const answer = await index.search([vector(5), vector(77)], 40, { excluded: new Set([6]) });
      await index.release();
      return answer;
    };
    const ask = (index: VectorIndex) =>
      index.search([vector(5), vector(77)], 40, { excluded: new Set([6]) });
    const open = (previous?: VectorIndex) =>
      embeddedIndex(store, encoder, previous, { answering: true });
    const index = await open();
    expect(existsSync(file)).toBe(false);
    expect(await ask(index)).toEqual(await anew());
    // What changes meanwhile is followed, and what has gone does not come back with the file.
    store.writer.remove([store.images.get(8)]);
    add(rows, rows + 3);
    const next = await open(index);
    await index.release();
    expect(await ask(next)).toEqual(await anew());
    await vi.waitFor(async () => {
      let keptRows = 0;
      await FlatIndex.load(file, (kept) => {
        keptRows = kept.rows;
        return false;
      });
      expect(keptRows).toBe(rows + 2);
    }, 40_000);
    expect(await ask(next)).toEqual(await anew());
    await next.release();

    // By the file, too, and released at once.
    store.writer.remove([store.images.get(9)]);
    const loaded = await open();
    expect(await ask(loaded)).toEqual(await anew());
    await loaded.release();
    rmSync(file, { force: true });
    await (await open()).release();
  });

  it('is built anew where nobody knows what has changed', async () => {
    const first = await search();
    const connection = new Connection(store.file, false);
    // A program that does not note what it changes.
    connection.run('UPDATE embeddings SET vector = zeroblob(length(vector)) WHERE item_id = 6');
    connection.setMeta(`state:${encoderId}`, 'written by another');
    connection.setMeta(`generation:${encoderId}`, '99');
    expect((await search()).hits).not.toEqual(first.hits);
    connection.close();
  });

  it.each([
    ['lost', 'DELETE FROM embeddings WHERE item_id = ?'],
    ['altered', 'UPDATE embeddings SET vector = zeroblob(length(vector)) WHERE item_id = ?'],
  ])('tells of an embedding that was %s without notice among those that came', async (_, sql) => {
    const encoder = store.encoders.list()[0];
    if (encoder === undefined) throw new Error('no encoder');
    const previous = await embeddedIndex(store, encoder);
    add(rows, rows + 3);
    store.embeddings.write(encoderId, [[7, vector(5)]]);
    const connection = new Connection(store.file, false);
    connection.run(sql, rows + 2);
    connection.close();
    // By the index in memory, and by the file.
    for (const before of [previous, undefined]) {
      const opened = store.snapshot((state) => embeddedIndex(state, encoder, before));
      await expect(opened).rejects.toMatchObject({ code: 'COLLECTION_DAMAGED' });
    }
    await previous.release();
  });
});
