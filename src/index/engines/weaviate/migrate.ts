import { SemblanceError } from '../../../domain/errors/error.ts';
import type { EmbeddingSource, IndexedEncoder, MovableSource } from '../../embedding-source.ts';
import { find } from '../../memory/row-selection.ts';
import { EmbeddingChecksum, rowHash } from '../checksum.ts';
import { awaitNodes, digestNodes, type NodeDigest } from './digest.ts';
import {
  contentKey,
  EngineCollection,
  type EngineIndexKind,
  type EngineRow,
  engineRow,
  type HeldCollection,
  type Manifest,
} from './engine-collection.ts';
import type { WeaviateHosts } from './hosts.ts';
import { measureRecall, type Recall } from './recall.ts';
import { WeaviateIndex } from './weaviate-index.ts';

/** Embeddings compared and written at a time. */
const WINDOW = 500;
/** Windows under way at a time. */
const CONCURRENCY = 4;
/** How long nodes may take to get what they missed, in milliseconds. */
const PATIENCE = 60_000;

/** How a migration is watched and ended. */
export interface MigrationOptions {
  /** Ends it after the writes under way; the next run goes on. */
  signal?: AbortSignal;
  /** Called with the embeddings compared or read in the current step. */
  onProgress?: (step: 'compare' | 'verify' | 'read', done: number, total: number) => void;
}

export interface PushOptions extends MigrationOptions {
  /** Of a new collection; by default flat, which is exact. */
  index?: EngineIndexKind | undefined;
  /** Copies of each row of a new collection; by default 3, or the number of nodes when there are fewer. */
  replicas?: number | undefined;
  /** Parts of a new collection, which are searched side by side. */
  shards?: number | undefined;
  /** Make the collection in the engine anew. */
  replace?: boolean | undefined;
}

/** What a push did. */
export interface PushResult {
  count: number;
  checksum: string;
  written: number;
  removed: number;
  /** False when it was interrupted; then nothing was verified. */
  complete: boolean;
  index: EngineIndexKind;
  replicas: number;
  nodes: NodeDigest[];
}

/** What a pull did. */
export interface PullResult {
  /** Embeddings in the engine. */
  count: number;
  checksum: string;
  written: number;
  /** They were here already, the same. */
  unchanged: number;
  /** Their image is not in the collection, or has another content now. */
  foreign: number;
  complete: boolean;
}

/** How the engine's embeddings compare with the collection's. */
export interface VerifyResult {
  count: number;
  checksum: string;
  manifest: Manifest;
  replicas: number;
  nodes: (NodeDigest & { same: boolean })[];
  /** Of an hnsw index that can be searched. */
  recall: Recall | null;
}

/** Nodes that have every confirmed write. */
const majority = (replicas: number) => Math.floor(replicas / 2) + 1;

/** Count and checksum of the embeddings of an encoder in the collection. */
export function storedDigest(source: EmbeddingSource, encoder: IndexedEncoder): EmbeddingChecksum {
  const sum = new EmbeddingChecksum();
  for (const [id, vector] of source.embeddings.each(encoder.id)) sum.add(rowHash(id, vector));
  return sum;
}

/** The engine's collection for the embeddings of an encoder. */
function engineCollection(
  hosts: WeaviateHosts,
  identity: string,
  { fingerprint, dimension }: IndexedEncoder,
): EngineCollection {
  return new EngineCollection(hosts, { identity, fingerprint, dimension });
}

/**
 * The collection that exists, with its manifest.
 * @throws SemblanceError ENGINE_OUTDATED when nothing was pushed, ENGINE_LAYOUT
 */
export async function existing(
  hosts: WeaviateHosts,
  source: EmbeddingSource,
  encoder: IndexedEncoder,
): Promise<HeldCollection> {
  const identity = source.identity();
  const collection = engineCollection(hosts, identity ?? '', encoder);
  const found = identity === undefined ? undefined : await collection.manifest();
  if (found === undefined) {
    throw new SemblanceError('ENGINE_OUTDATED', 'The engine has no embeddings of this encoder.', {
      subject: encoder.name,
    });
  }
  return { collection, ...found };
}

/**
 * Brings the engine to the state of the collection: writes what is missing or differs, removes what is no
 * more, and verifies count and checksum of all vectors on every node. Run again after an interruption it
 * goes on where it stopped.
 * @throws SemblanceError ENGINE_UNAVAILABLE, ENGINE_REFUSED, ENGINE_LAYOUT, ENGINE_MISMATCH
 */
export async function push(
  hosts: WeaviateHosts,
  source: MovableSource,
  encoder: IndexedEncoder,
  options: PushOptions = {},
): Promise<PushResult> {
  const { signal, onProgress } = options;
  const collection = engineCollection(hosts, source.makeIdentity(), encoder);
  if (options.replace) await collection.drop();
  const before = await collection.manifest();
  if (before === undefined) await collection.create({ ...options, index: options.index ?? 'flat' });
  const found = await collection.manifest();
  if (found === undefined) throw new Error('The collection vanished while it was made.');
  const { manifest, replicas } = found;
  if (options.index !== undefined && options.index !== manifest.index) {
    throw new SemblanceError('ENGINE_LAYOUT', `Its index is ${manifest.index}.`, {
      subject: collection.name,
    });
  }
  const pushed = source.stateName(encoder.id) ?? null;
  const ids = source.embeddings.imageIds(encoder.id);
  const sum = new EmbeddingChecksum();
  const result: PushResult = {
    count: ids.length,
    checksum: '',
    written: 0,
    removed: 0,
    complete: false,
    index: manifest.index,
    replicas,
    nodes: [],
  };
  let loading = manifest.state === 'loading';
  // From the first change on, the engine must not be searched until all is verified.
  const beforeChange = async () => {
    if (loading) return;
    await collection.writeManifest({ ...manifest, state: 'loading' });
    loading = true;
  };

  const readers = replicas - majority(replicas) + 1;
  let next = 0;
  let done = 0;
  const work = async () => {
    while (next < ids.length && !signal?.aborted) {
      const window = Array.from(ids.subarray(next, next + WINDOW));
      next += WINDOW;
      const rows: EngineRow[] = [];
      for (const id of window) {
        const vector = source.embeddings.get(encoder.id, id);
        const contentHash = source.images.contentHash(id);
        // Removed meanwhile: the next push removes it from the engine, too.
        if (vector === undefined || contentHash === undefined) continue;
        rows.push(engineRow(collection.set, id, contentHash, vector));
        sum.add(rowHash(id, vector));
      }
      // A row counts as there when every node that is asked has it, and that is more than may be behind.
      const held = await hosts.several(readers, (client) => collection.hashes(client, window));
      const missing = rows.filter(({ id, hash }) =>
        held.some(({ answer }) => answer.get(id) !== hash),
      );
      if (missing.length > 0) {
        await beforeChange();
        await collection.write(missing);
        result.written += missing.length;
      }
      done += window.length;
      onProgress?.('compare', done, ids.length);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  if (signal?.aborted) return result;
  result.checksum = sum.value;
  result.count = sum.count;

  if (before !== undefined) {
    const listed = await hosts.several(
      readers,
      async (client) => {
        const gone: number[] = [];
        for await (const rows of collection.list(client, false)) {
          for (const { id } of rows) if (find(ids, id) < 0) gone.push(id);
        }
        return gone;
      },
      { kind: 'walk' },
    );
    const gone = [...new Set(listed.flatMap(({ answer }) => answer))];
    if (gone.length > 0) await beforeChange();
    await collection.remove(gone);
    result.removed = gone.length;
  }

  const expected = { count: sum.count, checksum: sum.value };
  const total = sum.count * hosts.count;
  const enough = Math.min(majority(replicas), hosts.count);
  const { nodes, same } = await awaitNodes(collection, expected, enough, PATIENCE, (read) =>
    onProgress?.('verify', Math.min(read, total), total),
  );
  result.nodes = nodes;
  if (same.length < enough) {
    const counts = nodes.map(({ node, count, error }) => `${node} ${error ?? count}`).join(', ');
    throw new SemblanceError(
      'ENGINE_MISMATCH',
      `${sum.count} embeddings were sent, but the nodes hold others: ${counts}.`,
      { subject: collection.name },
    );
  }
  await collection.writeManifest({ ...manifest, ...expected, pushed, state: 'complete' });
  result.complete = true;
  return result;
}

/**
 * Brings embeddings back from the engine into the collection, for the images it knows; verified before and
 * after. Run again after an interruption it goes on.
 * @throws SemblanceError ENGINE_OUTDATED, ENGINE_MISMATCH, ENGINE_UNAVAILABLE and those of the store
 */
export async function pull(
  hosts: WeaviateHosts,
  source: MovableSource,
  encoder: IndexedEncoder,
  options: MigrationOptions = {},
): Promise<PullResult> {
  const { signal, onProgress } = options;
  const { collection, manifest } = await existing(hosts, source, encoder);
  const { count, checksum } = manifest;
  if (manifest.state !== 'complete') {
    throw new SemblanceError('ENGINE_OUTDATED', 'A push into it has not ended.', {
      subject: collection.name,
    });
  }
  const result: PullResult = {
    count,
    checksum,
    written: 0,
    unchanged: 0,
    foreign: 0,
    complete: false,
  };
  const digests = await digestNodes(collection, (done) =>
    onProgress?.('verify', done, count * hosts.count),
  );
  const holder = digests.find((node) => node.count === count && node.checksum === checksum);
  const mismatch = () =>
    new SemblanceError('ENGINE_MISMATCH', `No node holds the ${count} embeddings of the push.`, {
      subject: collection.name,
    });
  if (holder === undefined) throw mismatch();

  const sum = new EmbeddingChecksum();
  const identity = collection.set.identity;
  await hosts.only(holder.node, async (client) => {
    for await (const rows of collection.list(client, true)) {
      if (signal?.aborted) return;
      const writes: [number, Float32Array][] = [];
      for (const { id, content, vector } of rows) {
        const hash = rowHash(id, vector);
        sum.add(hash);
        const known = source.images.contentHash(id);
        if (known === undefined || contentKey(identity, known) !== content) {
          result.foreign += 1;
          continue;
        }
        const here = source.embeddings.get(encoder.id, id);
        if (here !== undefined && rowHash(id, here).equals(hash)) result.unchanged += 1;
        else writes.push([id, vector]);
      }
      source.embeddings.write(encoder.id, writes);
      result.written += writes.length;
      onProgress?.('read', sum.count, count);
    }
  });
  if (signal?.aborted) return result;
  if (sum.count !== count || sum.value !== checksum) throw mismatch();
  result.complete = true;
  return result;
}

/**
 * Compares all vectors of every node with the collection's.
 * @throws SemblanceError ENGINE_OUTDATED, ENGINE_LAYOUT, ENGINE_UNAVAILABLE
 */
export async function verify(
  hosts: WeaviateHosts,
  source: EmbeddingSource,
  encoder: IndexedEncoder,
  options: MigrationOptions = {},
): Promise<VerifyResult> {
  const held = await existing(hosts, source, encoder);
  const { collection, manifest, replicas } = held;
  const { count, value: checksum } = storedDigest(source, encoder);
  const digests = await digestNodes(collection, (done) =>
    options.onProgress?.('verify', done, Math.max(done, count * hosts.count)),
  );
  const nodes = digests.map((node) => ({
    ...node,
    same: node.count === count && node.checksum === checksum,
  }));
  const recall =
    manifest.index === 'hnsw' && nodes.every(({ same }) => same)
      ? await measureRecall(
          new WeaviateIndex(held, source.embeddings.imageIds(encoder.id)),
          source,
          encoder,
        )
      : null;
  return { count, checksum, manifest, replicas, nodes, recall };
}
