// Search in a Weaviate engine beside the embedded index, what it costs on disk and in memory, and what
// that means for larger collections:
//   npm run bench:engine [embeddings] [dimension]      (default: 20000 512)
// One node without replicas shows the engine itself; three nodes with three replicas on the same machine
// share its cores, so they show what consistency costs, not what three machines give.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectEngine } from '../src/index/engines/engine.ts';
import type { EngineIndexKind } from '../src/index/engines/weaviate/engine-collection.ts';
import { push, verify } from '../src/index/engines/weaviate/migrate.ts';
import { weaviateIndex } from '../src/index/engines/weaviate/open.ts';
import { embeddedIndex } from '../src/index/memory/open-index.ts';
import type { VectorIndex } from '../src/index/vector-index.ts';
import { CollectionStore } from '../src/store/collection-store.ts';
import type { StoredEncoder } from '../src/store/records.ts';
import { described } from '../src/testing/described.ts';
import { startWeaviate, type WeaviateCluster, weaviateServer } from '../src/testing/weaviate.ts';

const K = 10;
const SINGLE = 30;
const TOGETHER = 64;
const CONFIGURATIONS = [
  ['flat', 1],
  ['hnsw', 1],
  ['flat', 3],
] as const;
/** Groups of similar vectors, as collections of images have them. */
const CLUSTERS = 200;

const count = Number(process.argv[2] ?? 20_000);
const dimension = Number(process.argv[3] ?? 512);
const row = (...cells: (string | number)[]) => console.log(`| ${cells.join(' | ')} |`);
const head = (...cells: string[]) => {
  row(...cells);
  row(...cells.map(() => '---'));
};

/** Standard normal numbers of a seed (mulberry32, Box-Muller). */
function normals(seed: number): () => number {
  let state = seed;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

function makeVectors(rows: number, seed: number): Float32Array[] {
  const centre = normals(1);
  const centres = Array.from({ length: CLUSTERS }, () =>
    Float32Array.from({ length: dimension }, centre),
  );
  const noise = normals(seed);
  return Array.from({ length: rows }, (_, i) =>
    (centres[i % CLUSTERS] as Float32Array).map((value) => value + noise()),
  );
}

function fill(store: CollectionStore, vectors: readonly Float32Array[]): StoredEncoder {
  const id = store.encoders.register({
    name: 'bench',
    fingerprint: 'bench',
    dimension,
    definition: '{}',
  });
  const source = store.sources.register('/bench');
  for (let at = 0; at < vectors.length; at += 1000) {
    store.writer.write(
      source,
      vectors.slice(at, at + 1000).map((vector, i) => ({
        description: described(String(at + i)),
        embeddings: new Map([[id, vector]]),
      })),
    );
  }
  return store.encoders.list()[0] as StoredEncoder;
}

const seconds = async (work: () => Promise<unknown>) => {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
};

/** Queries/s one after the other, and many at a time. */
async function rates(index: VectorIndex, queries: readonly Float32Array[]) {
  await index.search(queries.slice(0, 2), K);
  const times: number[] = [];
  for (const query of queries.slice(0, SINGLE)) {
    times.push(await seconds(() => index.search([query], K)));
  }
  times.sort((a, b) => a - b);
  const one = times[times.length >> 1] as number;
  const together = (await seconds(() => index.search(queries, K))) / queries.length;
  return { one, together };
}

function folderSize(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => statSync(join(folder, file)))
    .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
}

/** Memory of a node's own (not of files it maps), in bytes. */
function memory({ nodes }: WeaviateCluster): number {
  const status = readFileSync(`/proc/${nodes[0]?.pid}/status`, 'utf8');
  return Number(/RssAnon:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}

interface Measured {
  index: EngineIndexKind;
  nodes: number;
  one: number;
  disk: number;
  ram: number;
}

const program = weaviateServer();
if (program === undefined) process.exit(1);
const folder = await mkdtemp(join(tmpdir(), 'semblance-bench-'));
const store = CollectionStore.open(join(folder, 'bench.db'), { create: true });
const measured: Measured[] = [];
try {
  const encoder = fill(store, makeVectors(count, 2));
  const queries = makeVectors(TOGETHER, 3);
  console.log(
    `${count} x ${dimension}, k = ${K}; ${availableParallelism()} cores, Node ${process.version}\n`,
  );
  head('index', 'nodes', 'push, rows/s', 'one query, ms', 'of 64 at once, queries/s', 'recall@10');
  const embedded = await embeddedIndex(store, encoder);
  const own = await rates(embedded, queries);
  row('embedded', 0, '-', (own.one * 1000).toFixed(1), (1 / own.together).toFixed(0), 1);
  await embedded.release();
  for (const [index, nodes] of CONFIGURATIONS) {
    const cluster = await startWeaviate(program, nodes);
    const hosts = await connectEngine(cluster.engine);
    try {
      const emptyDisk = folderSize(cluster.folder);
      const emptyRam = memory(cluster);
      const pushing = await seconds(() => push(hosts, store, encoder, { index }));
      const opened = await weaviateIndex(hosts)(store, encoder);
      const { one, together } = await rates(opened, queries);
      const recall = (await verify(hosts, store, encoder)).recall?.value ?? 1;
      row(
        index,
        nodes,
        (count / pushing).toFixed(0),
        (one * 1000).toFixed(1),
        (1 / together).toFixed(0),
        recall.toFixed(4),
      );
      const disk = (folderSize(cluster.folder) - emptyDisk) / nodes / count;
      // Started anew, a node holds what it needs, and not what loading took.
      await cluster.nodes[0]?.kill();
      await cluster.nodes[0]?.start();
      await opened.search(queries, K);
      const ram = (memory(cluster) - emptyRam) / count;
      measured.push({ index, nodes, one, disk, ram });
    } finally {
      await hosts.close();
      await cluster.stop();
    }
  }

  console.log(
    `\nA row is ${dimension * 4} bytes of vector. Measured on one node (memory of the process itself, not of mapped files):\n`,
  );
  head('index', 'disk, bytes/row', 'memory after a restart, bytes/row', 'one query, us/1000 rows');
  for (const { index, disk, ram, one } of measured.filter(({ nodes }) => nodes === 1)) {
    row(index, disk.toFixed(0), ram.toFixed(0), ((one * 1e9) / count).toFixed(0));
  }

  const flat = measured.find(({ index, nodes }) => index === 'flat' && nodes === 1) as Measured;
  const graph = measured.find(({ index, nodes }) => index === 'hnsw' && nodes === 1) as Measured;
  console.log(
    '\nEXTRAPOLATED from these figures, not measured: three replicas; a flat scan grows with the rows of a\n' +
      'shard, and each shard has a core of its own.\n',
  );
  head(
    'rows',
    'disk of all replicas, GB',
    'flat: cores for an answer in 1 s, each replica',
    'hnsw: memory of each replica, GB',
  );
  for (const rows of [1e6, 1e7, 1e8, 1e9]) {
    row(
      rows.toExponential(0),
      ((3 * rows * flat.disk) / 1e9).toFixed(0),
      Math.ceil((flat.one / count) * rows),
      ((rows * graph.ram) / 1e9).toFixed(0),
    );
  }
} finally {
  store.close();
  await rm(folder, { recursive: true });
}
