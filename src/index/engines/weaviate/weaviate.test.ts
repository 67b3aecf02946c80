import { copyFileSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import Database from 'libsql';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CollectionStore } from '../../../store/collection-store.ts';
import type { ImageWrite } from '../../../store/image-writer.ts';
import type { StoredEncoder } from '../../../store/records.ts';
import { described } from '../../../testing/described.ts';
import { startWeaviate, type WeaviateCluster, weaviateServer } from '../../../testing/weaviate.ts';
import { FlatIndex } from '../../memory/flat-index.ts';
import { embeddedIndex } from '../../memory/open-index.ts';
import type { VectorIndex } from '../../vector-index.ts';
import { connectEngine } from '../engine.ts';
import { digestNodes } from './digest.ts';
import type { WeaviateHosts } from './hosts.ts';
import { existing, pull, push, storedDigest, verify } from './migrate.ts';
import { weaviateIndex } from './open.ts';
import { WeaviateIndex } from './weaviate-index.ts';

const DIMENSION = 48;
const PATIENT = 'DOE^JANE-19610307';

/** A vector that is the same for the same number. Every tenth is a copy of another, every ninth nearly so. */
function vectorOf(id: number, version = 0): Float32Array {
  const seed = id % 10 === 3 ? 3 : id;
  const near = id % 9 === 4 ? 1e-7 * id : 0;
  return Float32Array.from({ length: DIMENSION }, (_, i) =>
    Math.fround(Math.sin((near > 0 ? 4 : seed) * (i + 1.7) + version) + near * Math.cos(i * id)),
  );
}

function write(store: CollectionStore, encoderId: number, numbers: number[], version = 0): void {
  const images = numbers.map(
    (n): ImageWrite => ({
      description: described(`${PATIENT}/${n}.png`, {
        patient: PATIENT,
        labels: [n % 3 === 0 ? 'third' : 'other'],
        metadata: { number: String(n) },
      }),
      content: {
        contentHash: `${n}-${version}`,
        bytes: 1,
        width: 1,
        height: 1,
        decoding: { format: 'png', bits: 8, colour: 'grey', orientation: 1, pages: 1 },
      },
      embeddings: new Map([[encoderId, vectorOf(n, version)]]),
    }),
  );
  store.writer.write(store.sources.register('/images'), images);
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
const queries = [0, 3, 4, 50, 700].map((n) => vectorOf(n)).concat(vectorOf(151, 1), vectorOf(152));

/** Searches in both, and expects the same ids and the same similarities, digit by digit. */
async function expectSame(engine: VectorIndex, embedded: VectorIndex, k = 12, options = {}) {
  const found = await engine.search(queries, k, options);
  expect(found).toEqual(await embedded.search(queries, k, options));
}

const program = weaviateServer();
/** Limits of tests that push or verify, and of those that kill nodes, in milliseconds. */
const PUSHING = 120_000;
const KILLING = 240_000;
/** How long nodes may take to get what they missed, in milliseconds. */
const CATCHING_UP = 90_000;

describe.skipIf(program === undefined)('a Weaviate cluster of three nodes', () => {
  let folder: string;
  let cluster: WeaviateCluster;
  let hosts: WeaviateHosts;
  let store: CollectionStore;
  let encoder: StoredEncoder;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'semblance-engine-'));
    cluster = await startWeaviate(program as string, 3, {
      ASYNC_REPLICATION_FREQUENCY: '3s',
      ASYNC_REPLICATION_PROPAGATION_DELAY: '1s',
    });
    hosts = await connectEngine(cluster.engine);
    store = CollectionStore.open(join(folder, 'c.db'), { create: true });
    const id = store.encoders.register({
      name: 'made-up',
      fingerprint: 'f'.repeat(64),
      dimension: DIMENSION,
      definition: '{}',
    });
    write(store, id, range(0, 600));
    encoder = store.encoders.list()[0] as StoredEncoder;
  });

  afterAll(async () => {
    await hosts?.close();
    store?.close();
    await cluster?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  // A test that ran out of time goes on in the background and may leave nodes killed.
  beforeEach(() => cluster.heal(), 120_000);

  const open = () => weaviateIndex(hosts)(store, encoder);

  /**
   * Waits until all nodes hold the collection's embeddings: before that, to kill another one could leave no
   * majority that has every write.
   */
  async function caughtUp(): Promise<void> {
    const began = performance.now();
    for (;;) {
      const { nodes } = await verify(hosts, store, encoder);
      if (nodes.every(({ same }) => same)) return;
      if (performance.now() - began > CATCHING_UP) {
        const logs = cluster.nodes.map((node) => `${node.name}:\n${node.log()}`).join('\n');
        throw new Error(`Not all nodes caught up: ${JSON.stringify(nodes)}\n${logs}`);
      }
      await setTimeout(1000);
    }
  }

  it(
    'is refused before anything was pushed, and after an interrupted push, which goes on',
    async () => {
      await expect(open()).rejects.toMatchObject({ code: 'ENGINE_OUTDATED' });
      const interruption = new AbortController();
      const first = await push(hosts, store, encoder, {
        signal: interruption.signal,
        onProgress: () => interruption.abort(),
      });
      expect(first.complete).toBe(false);
      await expect(open()).rejects.toMatchObject({ code: 'ENGINE_OUTDATED' });
      const second = await push(hosts, store, encoder);
      expect(first.written + second.written).toBe(600);
      const { count, value } = storedDigest(store, encoder);
      expect(second).toMatchObject({ complete: true, count, checksum: value, index: 'flat' });
      expect(await push(hosts, store, encoder)).toMatchObject({ written: 0, removed: 0 });
    },
    PUSHING,
  );

  it('finds what the embedded index finds: ties, filters and exclusions included', async () => {
    const engine = await open();
    const embedded = await embeddedIndex(store, encoder);
    for (const k of [1, 7, 100, 1000]) await expectSame(engine, embedded, k);
    const third = new Set(store.images.idsWhere(store.fields.where('label:third')));
    const excluded = new Set([4, 5, 6, 14, 9999]);
    await expectSame(engine, embedded, 12, { allowed: third });
    await expectSame(engine, embedded, 12, { allowed: third, excluded });
    await expectSame(engine, embedded, 12, { excluded });
    await expectSame(engine, embedded, 12, { allowed: new Set([2, 31, 77, 590, 12345]) });
    await expectSame(engine, embedded, 12, { allowed: new Set() });
    // More equal rows than a request may have results, so that the ids go in portions.
    const held = await existing(hosts, store, encoder);
    const narrow = new WeaviateIndex(held, store.embeddings.imageIds(encoder.id), 40);
    for (const k of [3, 30, 90]) await expectSame(narrow, embedded, k, { excluded });
    await expectSame(narrow, embedded, 12, { allowed: third });
    await embedded.release();
  });

  it('is given no name, path or label', () => {
    const files = readdirSync(cluster.folder, { recursive: true, encoding: 'utf8' })
      .map((file) => join(cluster.folder, file))
      .filter((file) => statSync(file).isFile());
    const data = files.map((file) => readFileSync(file));
    expect(data.some((bytes) => bytes.includes('content'))).toBe(true);
    for (const word of [PATIENT, 'DOE', '.png', 'third']) {
      expect(data.filter((bytes) => bytes.includes(word))).toEqual([]);
    }
  });

  it(
    'gives the embeddings back to a copy of the collection that lost them',
    async () => {
      const copy = join(folder, 'copy.db');
      const raw = new Database(join(folder, 'c.db'));
      raw.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      raw.close();
      copyFileSync(join(folder, 'c.db'), copy);
      const db = new Database(copy);
      db.exec('DELETE FROM embeddings WHERE item_id > 20');
      db.exec(
        "UPDATE objects SET hash = 'edited' WHERE id = (SELECT object_id FROM items WHERE id = 500)",
      );
      db.close();
      const restored = CollectionStore.open(copy);
      const interruption = new AbortController();
      const first = await pull(hosts, restored, encoder, {
        signal: interruption.signal,
        onProgress: (step) => step === 'read' && interruption.abort(),
      });
      expect(first.complete).toBe(false);
      const second = await pull(hosts, restored, encoder);
      expect(second).toMatchObject({ complete: true, count: 600, foreign: 1 });
      restored.embeddings.write(encoder.id, [[500, vectorOf(499)]]);
      expect(storedDigest(restored, encoder)).toEqual(storedDigest(store, encoder));
      restored.close();
    },
    PUSHING,
  );

  it(
    'loses nothing and answers right while a node is killed, and when it comes back',
    async () => {
      const [, victim] = cluster.nodes;
      const before = await embeddedIndex(store, encoder);
      const engine = await open();
      let killed = false;
      const searching = (async () => {
        let answers = 0;
        for (let after = 0; after < 5; after += Number(killed)) {
          await expectSame(engine, before);
          answers += 1;
        }
        return answers;
      })();
      await expectSame(engine, before);
      await victim?.kill();
      killed = true;
      expect(await searching).toBeGreaterThan(4);
      await before.release();

      // Rows are added, replaced and removed while the node is away.
      write(store, encoder.id, range(600, 900));
      write(store, encoder.id, range(100, 200), 1);
      store.writer.remove([50, 51, 52].map((id) => store.images.get(id)));
      await expect(open()).rejects.toMatchObject({ code: 'ENGINE_OUTDATED' });
      const pushed = await push(hosts, store, encoder);
      expect(pushed).toMatchObject({ complete: true, written: 400, removed: 3, count: 897 });

      const embedded = await embeddedIndex(store, encoder);
      await victim?.start();
      // What it holds is older; still no answer may be, even where it is asked first.
      const [one, two, three] = cluster.nodes.map(
        ({ port, grpcPort }) => `127.0.0.1:${port}:${grpcPort}`,
      );
      const strangers = await connectEngine(`weaviate=${two},${one},${three}`);
      const { collection } = await existing(strangers, store, encoder);
      const [behind] = await digestNodes(collection);
      const fresh = await weaviateIndex(strangers)(store, encoder);
      for (let i = 0; i < 3; i++) await expectSame(fresh, embedded);
      expect(behind?.checksum).not.toBe(pushed.checksum);
      await strangers.close();
      await embedded.release();
      await caughtUp();
    },
    KILLING,
  );

  it(
    'goes on with a push while another node is killed, and all catch up',
    async () => {
      write(store, encoder.id, range(900, 2400));
      let kill: Promise<void> | undefined;
      const pushed = await push(hosts, store, encoder, {
        onProgress: (step, done) => {
          if (step === 'compare' && done >= 1000) kill ??= cluster.nodes[0]?.kill();
        },
      });
      expect(kill).toBeDefined();
      expect(pushed).toMatchObject({ complete: true, count: 2397 });
      const embedded = await embeddedIndex(store, encoder);
      await expectSame(await open(), embedded);
      await embedded.release();
      await cluster.nodes[0]?.start();
      await caughtUp();
    },
    KILLING,
  );

  it(
    'says so when too few nodes answer, and works again when they are back',
    async () => {
      const engine = await open();
      const [first, second] = cluster.nodes;
      await Promise.all([first?.kill(), second?.kill()]);
      await expect(engine.search(queries, 5)).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
      // Ready is not enough: a majority answers once the nodes have met.
      await cluster.heal();
      const embedded = await embeddedIndex(store, encoder);
      await expectSame(engine, embedded);
      await embedded.release();
    },
    KILLING,
  );

  it(
    'refuses what was made in another way, or is changing',
    async () => {
      const single = await connectEngine(cluster.engine.split(',')[0] as string);
      await expect(weaviateIndex(single)(store, encoder)).rejects.toMatchObject({ code: 'USAGE' });
      await single.close();
      const opened = await open();
      const { collection, manifest } = await existing(hosts, store, encoder);
      await collection.writeManifest({ ...manifest, state: 'loading' });
      await expect(opened.search(queries, 5)).rejects.toMatchObject({ code: 'ENGINE_OUTDATED' });
      await collection.writeManifest({ ...manifest, semblance: 0 });
      await expect(open()).rejects.toMatchObject({ code: 'ENGINE_LAYOUT' });
      const other = { ...encoder, fingerprint: 'e'.repeat(64) };
      await expect(weaviateIndex(hosts)(store, other)).rejects.toMatchObject({
        code: 'ENGINE_OUTDATED',
      });
    },
    PUSHING,
  );

  it(
    'searches with a graph, whose similarities are exact and whose recall is measured',
    async () => {
      await push(hosts, store, encoder, { index: 'hnsw', replace: true });
      const { recall } = await verify(hosts, store, encoder);
      expect(recall).toMatchObject({ k: 10, queries: 100 });
      expect(recall?.value).toBeGreaterThan(0.8);
      const engine = await open();
      const [hits] = (await engine.search([vectorOf(11)], 10)).neighbours;
      for (const { id, similarity } of hits ?? []) {
        const vector = store.embeddings.get(encoder.id, id) as Float32Array;
        const alone = await FlatIndex.build(DIMENSION, [[id, vector]]);
        const [[only] = []] = (await alone.search([vectorOf(11)], 1)).neighbours;
        expect(similarity).toBe(only?.similarity);
        await alone.release();
      }
    },
    PUSHING,
  );
});

describe.skipIf(program === undefined)('a Weaviate node with a key', () => {
  it(
    'refuses without, and serves with it, from several shards',
    async () => {
      const cluster = await startWeaviate(program as string, 1, {
        AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED: 'false',
        AUTHENTICATION_APIKEY_ENABLED: 'true',
        AUTHENTICATION_APIKEY_ALLOWED_KEYS: 'secret',
        AUTHENTICATION_APIKEY_USERS: 'semblance',
      });
      const folder = await mkdtemp(join(tmpdir(), 'semblance-engine-'));
      const store = CollectionStore.open(join(folder, 'c.db'), { create: true });
      try {
        const dimension = DIMENSION;
        const registration = { name: 'made-up', fingerprint: 'a', dimension, definition: '{}' };
        write(store, store.encoders.register(registration), range(0, 30));
        const encoder = store.encoders.list()[0] as StoredEncoder;
        write(store, encoder.id, [30]);
        store.embeddings.write(encoder.id, [[31, new Float32Array(DIMENSION).fill(1e-30)]]);
        const stranger = await connectEngine(cluster.engine);
        await expect(push(stranger, store, encoder)).rejects.toMatchObject({
          code: 'ENGINE_REFUSED',
        });
        await stranger.close();
        process.env.SEMBLANCE_ENGINE_KEY = 'secret';
        const hosts = await connectEngine(cluster.engine);
        const tiny = push(hosts, store, encoder, { shards: 3 });
        await expect(tiny).rejects.toMatchObject({
          code: 'EMBEDDING_UNUSABLE',
          subject: 'image 31',
        });
        store.embeddings.write(encoder.id, [[31, new Float32Array(DIMENSION).fill(1e-10)]]);
        const pushed = await push(hosts, store, encoder);
        expect(pushed).toMatchObject({ complete: true, replicas: 1 });
        const embedded = await embeddedIndex(store, encoder);
        await expectSame(await weaviateIndex(hosts)(store, encoder), embedded);
        await embedded.release();
        await hosts.close();
      } finally {
        delete process.env.SEMBLANCE_ENGINE_KEY;
        store.close();
        await cluster.stop();
        await rm(folder, { recursive: true });
      }
    },
    PUSHING,
  );
});
