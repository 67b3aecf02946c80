import type { EnginePull, EnginePush, EngineVerification } from '../contract/engines.ts';
import { SemblanceError } from '../domain/errors/error.ts';
import type { Engine } from '../index/engines/engine.ts';
import type { MigrationOptions } from '../index/engines/weaviate/migrate.ts';
import { chooseEncoder } from '../search/choose-encoder.ts';
import type { DataDirectory } from '../store/data-directory.ts';
import type { ReadableCollection } from '../store/readable-collection.ts';
import type { StoredEncoder } from '../store/records.ts';
import type { Call } from './call.ts';

/** Whose embeddings. */
export interface EngineRequest {
  collection: string;
  /** By default that of the collection. */
  encoder?: string | undefined;
}

/** Embeddings to be brought to the engine; the rest concerns what is made anew in it. */
export interface PushRequest extends EngineRequest {
  /** `flat` is exact, and the default; `hnsw` is a graph, which may miss some. */
  index?: 'flat' | 'hnsw' | undefined;
  /** Copies of each row; by default 3, or as many as there are nodes when these are fewer. */
  replicas?: number | undefined;
  /** Parts that are searched side by side; 1 by default. */
  shards?: number | undefined;
  /** Makes the collection in the engine anew. */
  replace?: boolean | undefined;
}

const COUNTED = {
  compare: 'embeddings compared',
  verify: 'embeddings verified',
  read: 'embeddings read',
};

/** Embeddings to and from the search engine that the application was opened with. */
export class EngineService {
  /** @internal */
  constructor(
    private readonly engine: Engine,
    private readonly directory: DataDirectory,
  ) {}

  /**
   * Brings the engine to the state of a collection, and verifies it. One that is ended by its signal, after
   * the writes under way, is not complete; the same request goes on.
   * @throws SemblanceError USAGE (no engine), COLLECTION_NOT_FOUND, COLLECTION_EMPTY, ENCODER_NOT_FOUND,
   *   ENGINE_UNAVAILABLE, ENGINE_REFUSED, ENGINE_LAYOUT, ENGINE_MISMATCH
   */
  async push(call: Call, request: PushRequest): Promise<EnginePush> {
    const { collection, encoder: name, ...options } = request;
    const { push } = await import('../index/engines/weaviate/migrate.ts');
    return this.directory.whileOpen(collection, async (store) => {
      const encoder = chooseEncoder(store, name);
      const result = await push(this.hosts(), store, encoder, { ...options, ...watch(call) });
      return { collection, encoder: encoder.name, ...result };
    });
  }

  /**
   * Brings embeddings back from the engine, for the images of a collection; the encoder need not have any
   * here. One that is ended by its signal is not complete; the same request goes on.
   * @throws SemblanceError USAGE (no engine), COLLECTION_NOT_FOUND, ENCODER_NOT_FOUND, ENGINE_OUTDATED,
   *   ENGINE_MISMATCH, ENGINE_UNAVAILABLE
   */
  async pull(call: Call, { collection, encoder: name }: EngineRequest): Promise<EnginePull> {
    const { pull } = await import('../index/engines/weaviate/migrate.ts');
    return this.directory.whileOpen(collection, async (store) => {
      const encoder = registered(store, name);
      const result = await pull(this.hosts(), store, encoder, watch(call));
      return { collection, encoder: encoder.name, ...result };
    });
  }

  /**
   * Compares all embeddings of every node with those of a collection.
   * @throws SemblanceError USAGE (no engine), COLLECTION_NOT_FOUND, ENCODER_NOT_FOUND, ENGINE_OUTDATED,
   *   ENGINE_LAYOUT, ENGINE_UNAVAILABLE
   */
  async verify(
    call: Call,
    { collection, encoder: name }: EngineRequest,
  ): Promise<EngineVerification> {
    const { verify } = await import('../index/engines/weaviate/migrate.ts');
    return this.directory.whileOpen(collection, async (store) => {
      const encoder = registered(store, name);
      const { signal } = call;
      const { onProgress } = watch(call);
      const result = await verify(this.hosts(), store, encoder, {
        onProgress(...step) {
          // Ends the walk through the node that has answered.
          signal?.throwIfAborted();
          onProgress?.(...step);
        },
      });
      signal?.throwIfAborted();
      return { collection, encoder: encoder.name, ...result };
    });
  }

  private hosts() {
    const { hosts } = this.engine;
    if (hosts !== undefined) return hosts;
    throw new SemblanceError('USAGE', 'The application was opened without a search engine.');
  }
}

/** A migration's part of a call. */
function watch({ signal, progress }: Call): MigrationOptions {
  return {
    ...(signal && { signal }),
    onProgress: (step, done, total) => progress?.(done, total, { unit: COUNTED[step] }),
  };
}

/** An encoder that the collection knows, with or without embeddings. */
function registered(store: ReadableCollection, name: string | undefined): StoredEncoder {
  const all = store.encoders.list();
  const known = all.filter((encoder) => name === undefined || encoder.name === name);
  const [found, ...others] = known.sort((a, b) => b.embeddings - a.embeddings);
  if (found === undefined || (name === undefined && others.length > 0)) {
    const names = all.map((encoder) => encoder.name);
    throw new SemblanceError(
      'ENCODER_NOT_FOUND',
      `Name one of the encoders that the collection knows: ${names.join(', ')}.`,
      name === undefined ? {} : { subject: name },
    );
  }
  return found;
}
