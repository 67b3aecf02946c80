import { createHash } from 'node:crypto';
import weaviate, { type Collection, generateUuid5, type WeaviateClient } from 'weaviate-client';
import { z } from 'zod';
import { SemblanceError } from '../../../domain/errors/error.ts';
import type { EngineHost } from '../address.ts';
import { rowHash } from '../checksum.ts';
import type { WeaviateHosts } from './hosts.ts';

/** Version of the layout below. */
const LAYOUT = 1;
/** Writes, and reads of one row, that a majority of the replicas confirms. */
const QUORUM = 'QUORUM';
/**
 * Reads of many rows ask the node's own replica. Weaviate's read repair (1.33) writes what was read into
 * replicas that are behind, without the vector when none was asked for; so the answers of several nodes are
 * compared here instead.
 */
const OWN_REPLICA = 'ONE';
const WRITING = { kind: 'write' } as const;
/** Objects listed with one request. */
const PAGE = 1000;

/** How the engine finds neighbours: `flat` compares all, `hnsw` walks a graph and may miss some. */
export type EngineIndexKind = 'flat' | 'hnsw';

const manifestSchema = z.object({
  semblance: z.number(),
  /** Of the encoder. */
  fingerprint: z.string(),
  dimension: z.number(),
  index: z.enum(['flat', 'hnsw']),
  /** `loading` from the first change of a push until it is verified. */
  state: z.enum(['loading', 'complete']),
  /** `CollectionStore.stateName` of what was pushed last; null when it has none. */
  pushed: z.string().nullable(),
  count: z.number(),
  checksum: z.string(),
});

/** What the REST interface tells of a row. */
const objectSchema = z.object({ vectors: z.object({ default: z.array(z.number()) }) });

/** What an engine says about the embeddings it holds; kept in the schema, which all nodes agree on. */
export type Manifest = z.infer<typeof manifestSchema>;

/** A collection that exists in an engine. */
export interface HeldCollection {
  collection: EngineCollection;
  manifest: Manifest;
  /** Copies that the engine keeps of each row. */
  replicas: number;
}

/** Whose embeddings: of one collection, by one encoder. */
export interface EmbeddingSet {
  /** `CollectionStore.identity`: random, and the same for every copy of the collection. */
  identity: string;
  fingerprint: string;
  dimension: number;
}

/** An embedding as an engine holds it. No path, label, name or number of a patient goes there. */
export interface EngineRow {
  /** The image's id in the collection. */
  id: number;
  /** SHA-256 of the image's content hash and the collection's identity: no one else can match it. */
  content: string;
  /** `rowHash`, hexadecimal. */
  hash: string;
  vector: Float32Array;
}

/** A row as it is listed. */
export type ListedRow = EngineRow & { uuid: string };

type Properties = { image: number; content: string; hash: string };

/** Stands for an image's content in an engine. */
export function contentKey(identity: string, contentHash: string): string {
  return createHash('sha256').update(`${identity} ${contentHash}`).digest('hex');
}

/** Lengths of a vector whose square the engine can sum in 32 bits without loss. */
const LENGTHS = { least: 1e-12, most: 1e15 };

/**
 * A row to send.
 * @throws SemblanceError EMBEDDING_UNUSABLE when the engine could not scale it to length 1
 */
export function engineRow(
  { identity }: EmbeddingSet,
  id: number,
  contentHash: string,
  vector: Float32Array,
): EngineRow {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  if (length !== 0 && !(length >= LENGTHS.least && length <= LENGTHS.most)) {
    throw new SemblanceError(
      'EMBEDDING_UNUSABLE',
      `Its length is ${length}; an engine takes ${LENGTHS.least} to ${LENGTHS.most}.`,
      { subject: `image ${id}` },
    );
  }
  const content = contentKey(identity, contentHash);
  return { id, content, hash: rowHash(id, vector).toString('hex'), vector };
}

/** The collection of an engine that holds one set of embeddings. */
export class EngineCollection {
  /** Its name there: says nothing of the collection's own name. */
  readonly name: string;

  constructor(
    readonly hosts: WeaviateHosts,
    readonly set: EmbeddingSet,
  ) {
    const key = createHash('sha256').update(`${set.identity} ${set.fingerprint}`).digest('hex');
    this.name = `Semblance_${key.slice(0, 32)}`;
  }

  /** The collection as one node has it, for reading. */
  on(client: WeaviateClient): Collection<Properties, string> {
    return client.collections.use<string, Properties>(this.name).withConsistency(OWN_REPLICA);
  }

  private writing(client: WeaviateClient): Collection<Properties, string> {
    return client.collections.use<string, Properties>(this.name).withConsistency(QUORUM);
  }

  /** Makes the collection; it is empty, and complete when nothing is to come. */
  async create(options: {
    index: EngineIndexKind;
    replicas?: number | undefined;
    shards?: number | undefined;
  }): Promise<void> {
    const { index, shards = 1 } = options;
    const { fingerprint, dimension } = this.set;
    const manifest: Manifest = {
      semblance: LAYOUT,
      fingerprint,
      dimension,
      index,
      state: 'loading',
      pushed: null,
      count: 0,
      checksum: '',
    };
    const { vectorIndex, vectors, replication, sharding } = weaviate.configure;
    await this.hosts.any(async (client) => {
      // A try before this one may have been carried out although no answer came.
      if (await client.collections.exists(this.name)) return;
      const nodes = (await client.cluster.nodes()).length;
      await client.collections.create<Properties>({
        name: this.name,
        description: JSON.stringify(manifest),
        vectorizers: vectors.selfProvided({
          vectorIndexConfig:
            index === 'flat'
              ? vectorIndex.flat({ distanceMetric: 'cosine' })
              : vectorIndex.hnsw({ distanceMetric: 'cosine' }),
        }),
        properties: [
          { name: 'image', dataType: 'int', indexFilterable: true },
          ...(['content', 'hash'] as const).map((name) => ({
            name,
            dataType: 'text' as const,
            indexFilterable: false,
            indexSearchable: false,
          })),
        ],
        replication: replication({
          factor: options.replicas ?? Math.min(3, nodes),
          // A node that was away gets what it missed; without, it would serve old answers.
          asyncEnabled: true,
          deletionStrategy: 'TimeBasedResolution',
        }),
        sharding: sharding({ desiredCount: shards }),
      });
    }, WRITING);
  }

  /** Removes the collection and everything in it from the engine. */
  async drop(): Promise<void> {
    await this.hosts.any((client) => client.collections.delete(this.name), WRITING);
  }

  /**
   * The manifest and the number of replicas; undefined when the engine has no such collection.
   * @throws SemblanceError ENGINE_LAYOUT when it was made by another version or for another encoder; the
   *   signal's reason
   */
  async manifest(
    signal?: AbortSignal,
  ): Promise<{ manifest: Manifest; replicas: number } | undefined> {
    const config = await this.hosts.any(
      async (client) =>
        (await client.collections.exists(this.name))
          ? client.collections.use(this.name).config.get()
          : undefined,
      { signal },
    );
    if (config === undefined) return undefined;
    const foreign = (detail: string) =>
      new SemblanceError('ENGINE_LAYOUT', detail, { subject: this.name });
    let json: unknown;
    try {
      json = JSON.parse(config.description ?? '');
    } catch {
      throw foreign('Its description is not one of Semblance.');
    }
    const parsed = manifestSchema.safeParse(json);
    if (!parsed.success || parsed.data.semblance !== LAYOUT) {
      throw foreign(`It is not of layout ${LAYOUT}.`);
    }
    const { fingerprint, dimension, index } = parsed.data;
    if (fingerprint !== this.set.fingerprint || dimension !== this.set.dimension) {
      throw foreign('It holds embeddings of another encoder.');
    }
    const made = Object.values(config.vectorizers)[0]?.indexConfig as
      | { type?: string; distance?: string }
      | undefined;
    if (made?.type !== index || made.distance !== 'cosine') {
      throw foreign(`Its index is ${made?.type} with ${made?.distance}, not ${index} with cosine.`);
    }
    const { factor, asyncEnabled } = config.replication;
    if (factor > 1 && !asyncEnabled) throw foreign('Its replicas do not catch up by themselves.');
    return { manifest: parsed.data, replicas: factor };
  }

  async writeManifest(manifest: Manifest): Promise<void> {
    const description = JSON.stringify(manifest);
    await this.hosts.any((client) => this.on(client).config.update({ description }), WRITING);
  }

  /** Id of a row's object: the same at every writing, so that writing twice changes nothing. */
  uuid(id: number): string {
    return generateUuid5(`${this.name}/${id}`);
  }

  /** Writes rows, confirmed by a quorum of the replicas. */
  async write(rows: readonly EngineRow[]): Promise<void> {
    await this.hosts.any(async (client) => {
      const objects = rows.map(({ id, content, hash, vector }) => ({
        id: this.uuid(id),
        properties: { image: id, content, hash },
        vectors: Array.from(vector),
      }));
      const result = await this.writing(client).data.insertMany(objects);
      const [error] = Object.values(result.errors);
      if (error !== undefined) throw new Error(error.message);
    }, WRITING);
  }

  /** Removes rows, confirmed by a quorum of the replicas. */
  async remove(ids: readonly number[]): Promise<void> {
    for (const id of ids) {
      await this.hosts.any(
        (client) =>
          this.writing(client)
            .data.deleteById(this.uuid(id))
            .catch((error) => {
              // Gone already, by a try whose answer was lost.
              if (!/status code: 404/.test(error.message)) throw error;
            }),
        WRITING,
      );
    }
  }

  /** Hashes by id of those of the rows that a node has. */
  async hashes(client: WeaviateClient, ids: readonly number[]): Promise<Map<number, string>> {
    const collection = this.on(client);
    const { objects } = await collection.query.fetchObjects({
      filters: collection.filter.byProperty('image').containsAny([...ids]),
      limit: ids.length,
      returnProperties: ['image', 'hash'],
    });
    return new Map(objects.map(({ properties: { image, hash } }) => [image, hash]));
  }

  /** Everything that a node has, page by page. */
  async *list(client: WeaviateClient, vectors: boolean): AsyncGenerator<ListedRow[]> {
    const collection = this.on(client);
    for (let after = ''; ; ) {
      const page = collection.query.fetchObjects({
        limit: PAGE,
        after,
        includeVector: vectors,
        returnProperties: ['image', 'content', 'hash'],
      });
      const { objects } = await this.hosts.page(page);
      if (objects.length === 0) return;
      yield objects.map(({ uuid, properties: { image, content, hash }, vectors }) => {
        const vector = Float32Array.from((vectors.default as number[] | undefined) ?? []);
        return { uuid, id: image, content, hash, vector };
      });
      after = objects.at(-1)?.uuid as string;
    }
  }

  /**
   * The current vector of a row by the voice of a quorum; undefined when the row is no more.
   * (The client's own look-up by id asks one node only.)
   */
  async current(id: number, signal?: AbortSignal): Promise<Float32Array | undefined> {
    const path = `objects/${this.name}/${this.uuid(id)}?include=vector&consistency_level=${QUORUM}`;
    return this.hosts.any(
      async (_, host: EngineHost) => {
        const response = await this.hosts.get(host, path);
        if (response.status === 404) return undefined;
        if (!response.ok) throw new Error(`${response.status} for ${path}`);
        const { vectors } = objectSchema.parse(await response.json());
        return Float32Array.from(vectors.default);
      },
      { signal },
    );
  }
}
