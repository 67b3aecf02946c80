import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { QueryPart } from '../domain/query.ts';
import type { Encoder } from '../encoding/encoders/encoder.ts';
import type { PatchFeatures } from '../encoding/encoders/patch-features.ts';
import { PreprocessPool } from '../encoding/preprocess/pool.ts';
import { connectEngine } from '../index/engines/engine.ts';
import { FlatIndex } from '../index/memory/flat-index.ts';
import { embeddedIndex, type OpenIndex } from '../index/memory/open-index.ts';
import type { VectorIndex } from '../index/vector-index.ts';
import type { CollectionStore } from '../store/collection-store.ts';
import type { StoredEncoder } from '../store/records.ts';
import { madeUpCollection } from '../testing/made-up-collection.ts';
import { calibrate } from './calibration/calibrate.ts';
import { EncoderSpace } from './encoder-space.ts';
import { explain } from './explain/explain.ts';
import { Searcher } from './searcher.ts';

/** Work that goes on until it is let go. */
function held() {
  let go: () => void = () => undefined;
  const gone = new Promise<void>((resolve) => {
    go = resolve;
  });
  return { gone, go };
}
const later = () => new Promise((resolve) => setTimeout(resolve, 20));

describe('a search whose client has left', () => {
  const part: QueryPart = { kind: 'image', id: 1 };
  const left = new Error('left');
  let folder: string;
  let store: CollectionStore;
  let encoder: StoredEncoder;
  let pictures: PreprocessPool;
  let space: EncoderSpace;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'semblance-aborted-'));
    ({ store, encoder } = madeUpCollection(join(folder, 'a.db')));
    pictures = new PreprocessPool({ threads: 1 });
  });
  afterEach(async () => {
    await space.release();
    await pictures.close();
    store.close();
    rmSync(folder, { recursive: true });
    vi.restoreAllMocks();
  });

  function open(openIndex: OpenIndex = embeddedIndex): Searcher {
    space = new EncoderSpace(encoder, openIndex);
    return new Searcher(store, space, pictures);
  }
  /** All snapshots are free again: as many can be taken at once as there are. */
  async function allFree(): Promise<void> {
    const { gone, go } = held();
    let taken = 0;
    const each = Array.from({ length: 8 }, () =>
      store.snapshot(async () => {
        taken += 1;
        await gone;
      }),
    );
    await later();
    expect(taken).toBe(8);
    go();
    await Promise.all(each);
  }
  const controlled = (searcher: Searcher) => {
    const stop = new AbortController();
    const answer = searcher.search([part], { k: 3, signal: stop.signal });
    answer.catch(() => undefined);
    return { stop: () => stop.abort(left), answer };
  };

  it('waits for no snapshot', async () => {
    const searcher = open();
    const { gone, go } = held();
    const readers = Array.from({ length: 8 }, () => store.snapshot(() => gone));
    const one = controlled(searcher);
    const other = searcher.search([part], { k: 3 });
    await later();
    one.stop();
    await expect(one.answer).rejects.toBe(left);
    go();
    await Promise.all(readers);
    // Its place in the queue went to nobody.
    expect((await other).neighbours).toHaveLength(3);
    await allFree();
  });

  it('waits for no index that another search builds', async () => {
    const { gone, go } = held();
    const searcher = open(async (...args) => {
      await gone;
      return embeddedIndex(...args);
    });
    const builder = searcher.search([part], { k: 3 });
    await later();
    const one = controlled(searcher);
    await later();
    one.stop();
    await expect(one.answer).rejects.toBe(left);
    go();
    expect((await builder).neighbours).toHaveLength(3);
    await allFree();
  });

  it('keeps its snapshot while it builds the index that others wait for', async () => {
    const { gone, go } = held();
    let built = 0;
    const searcher = open(async (source, stored) => {
      built += 1;
      await gone;
      return FlatIndex.build(stored.dimension, source.embeddings.each(stored.id));
    });
    const one = controlled(searcher);
    await later();
    const other = searcher.search([part], { k: 3 });
    one.stop();
    await later();
    // Read from a later state, this one would be missing.
    store.writer.remove([{ id: 600, path: '599.png' }]);
    go();
    await expect(one.answer).rejects.toBe(left);
    expect((await other).candidates).toBe(599);
    expect(built).toBe(1);
    await allFree();
  });

  it.each([false, true])('ends in the index (calibrated: %s)', async (calibrated) => {
    if (calibrated) {
      const made = await calibrate(store, encoder);
      store.encoders.saveCalibration(encoder.fingerprint, JSON.stringify(made));
    }
    let searches = 0;
    const released = held();
    const searcher = open(async (source, stored): Promise<VectorIndex> => {
      const index = await embeddedIndex(source, stored);
      return {
        size: index.size,
        dimension: index.dimension,
        search(queries, k, options = {}) {
          searches += 1;
          // The second search of a calibrated answer is that for the votes.
          if (searches === (calibrated ? 2 : 1)) {
            const { signal } = options;
            return new Promise((_, reject) =>
              signal?.addEventListener('abort', () => reject(signal.reason)),
            );
          }
          return index.search(queries, k, options);
        },
        async release() {
          released.go();
          await index.release();
        },
      };
    });
    const one = controlled(searcher);
    await vi.waitFor(() => expect(searches).toBe(calibrated ? 2 : 1), { timeout: 20_000 });
    one.stop();
    await expect(one.answer).rejects.toBe(left);
    await allFree();
    await space.release();
    await released.gone;
  });

  it('ends while a picture is encoded, and in an engine that does not answer', async () => {
    const searcher = open();
    vi.spyOn(space, 'prepare').mockReturnValue([]);
    const picture = { width: 1, height: 1, decoding: {}, tensors: [] };
    vi.spyOn(pictures, 'prepare').mockResolvedValue({ contentHash: '', picture } as never);
    const { gone, go } = held();
    vi.spyOn(space, 'loaded').mockImplementation(async () => {
      await gone;
      throw new Error('nobody waits for it');
    });
    const stop = new AbortController();
    const parts: QueryPart[] = [{ kind: 'picture', bytes: Uint8Array.of(1) }];
    const answer = searcher.search(parts, { k: 3, signal: stop.signal });
    await later();
    stop.abort(left);
    await expect(answer).rejects.toBe(left);
    go();

    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const hosts = await connectEngine(
      `weaviate=127.0.0.1:${(silent.address() as AddressInfo).port}`,
    );
    const asked = new AbortController();
    const several = hosts.several(1, async () => 1, { signal: asked.signal });
    await later();
    const begun = performance.now();
    asked.abort(left);
    await expect(several).rejects.toBe(left);
    expect(performance.now() - begun).toBeLessThan(500);
    await hosts.close();
    silent.closeAllConnections();
    silent.close();
  });

  it('ends in an index of many blocks, which is released when its last run has ended', async () => {
    open();
    const rows = 20_000;
    const values = Float32Array.from({ length: rows * 8 }, (_, i) => Math.sin(i * i));
    const index = await FlatIndex.fromMatrix(8, values, { codes: false, blockRows: 100 });
    const stop = new AbortController();
    const queries = Array.from({ length: 64 }, (_, i) => values.slice(i * 8, i * 8 + 8));
    const search = index.search(queries, 5, { signal: stop.signal });
    setTimeout(() => stop.abort(left), 2);
    await expect(search).rejects.toBe(left);
    await expect(index.search(queries, 5, { signal: AbortSignal.abort(left) })).rejects.toBe(left);
    expect((await index.search(queries.slice(0, 1), 5)).neighbours[0]).toHaveLength(5);
    await index.release();
  });

  it('ends an explanation at the encoder, at its tokens and between its coverings', async () => {
    open();
    const { gone, go } = held();
    const spec = { resize: { mode: 'exact', width: 4, height: 4 } };
    const runs: (AbortSignal | undefined)[] = [];
    const loaded = {
      preprocess: spec,
      encode: async (_: unknown, { signal }: { signal?: AbortSignal }) => {
        runs.push(signal);
        return [Float32Array.of(1, 2), Float32Array.of(2, 1)];
      },
    } as unknown as Encoder;
    const side = { width: 4, height: 4, input: new Float32Array(48) };
    const read = async () => ({ query: side, result: side });
    const ask = () => {
      const stop = new AbortController();
      const map = explain(space, read, { signal: stop.signal });
      map.catch(() => undefined);
      return { map, signal: stop.signal, stop: () => stop.abort(left) };
    };
    const loading = vi.spyOn(space, 'loaded').mockReturnValueOnce(gone as never);
    const first = ask();
    first.stop();
    await expect(first.map).rejects.toBe(left);

    loading.mockResolvedValue(loaded);
    vi.spyOn(space, 'patchFeatures').mockReturnValueOnce(gone as never);
    const second = ask();
    await later();
    second.stop();
    await expect(second.map).rejects.toBe(left);
    expect(runs).toEqual([second.signal]);

    const features = {
      encode: (_: unknown, signal: AbortSignal) => {
        runs.push(signal);
        return gone.then(() => signal.throwIfAborted());
      },
    } as unknown as PatchFeatures;
    vi.spyOn(space, 'patchFeatures').mockResolvedValueOnce(features);
    const third = ask();
    await later();
    third.stop();
    go();
    await expect(third.map).rejects.toBe(left);
    expect(runs.slice(1)).toEqual([third.signal, third.signal, third.signal]);
  });
});
