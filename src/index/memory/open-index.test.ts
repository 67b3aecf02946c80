import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CollectionStore } from '../../store/collection-store.ts';
import { described } from '../../testing/described.ts';
import { embeddedIndex } from './open-index.ts';

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
    const index = await embeddedIndex(store, encoder);
    const { neighbours, candidates } = await index.search([vector(5)], 10);
    await index.release();
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

    // What a killed process leaves: the file of the time before, and a part of the new one.
    add(rows, rows + 1);
    writeFileSync(`${file}.part`, bytes.subarray(0, 5000));
    expect((await search()).candidates).toBe(rows + 1);
    expect(existsSync(`${file}.part`)).toBe(false);
    expect((await search()).candidates).toBe(rows + 1);
  });
});
