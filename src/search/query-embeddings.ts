import type { UnitLevel } from '../domain/levels.ts';
import { untilAborted } from '../runtime/until-aborted.ts';

/** What the models made of a picture or a text to search with. */
export interface QueryEmbedding {
  vector: Float32Array;
  /** SHA-256 of its picture's file. */
  content?: string;
  /** Perceptual hash of its picture; null for a region. */
  hash?: string | null;
  /** Tokens of its text, and how many of them were used. */
  text?: { text: string; tokens: number; used: number };
  /** Of a file of which several pictures were taken, each of these; its own embedding is empty then. */
  frames?: readonly FrameEmbedding[];
}

/** One of several pictures of a file. */
export interface FrameEmbedding {
  vector: Float32Array;
  content: string;
  hash: string | null;
  /** Which picture of its file, from 1. */
  frame: number;
  /** Where it stands in its series. */
  position: number | null;
  /** What its series and study are called in the file. */
  uids: Partial<Record<UnitLevel, string>>;
}

/** Bytes of the embeddings that are kept: about a thousand of 768 numbers. */
const DEFAULT_BYTES = 4e6;
/** Bytes of an entry beside its embedding, roughly. */
const ENTRY = 500;

/** An encoding under way, and how many wait for it. */
interface Running {
  embedding: Promise<QueryEmbedding>;
  waiting: number;
  stop: AbortController;
}

/**
 * The embeddings of pictures and texts that were searched with in one space, so that a mark, another filter
 * or the next page does not encode the query again. Those not asked for longest go first.
 */
export class QueryEmbeddings {
  private readonly kept = new Map<string, QueryEmbedding>();
  private readonly running = new Map<string, Running>();
  private bytes = 0;

  constructor(private readonly maxBytes = DEFAULT_BYTES) {}

  /**
   * The embedding of a query, encoded unless it is kept. Those who ask for the same at the same time wait for
   * one encoding, which is stopped when the last of them has left.
   * @param key short, and another for any other picture, region or text
   * @param encode gets the signal that stops it
   * @param signal ends this wait
   * @throws what `encode` throws, which is not kept; the signal's reason
   */
  async get(
    key: string,
    encode: (signal: AbortSignal) => Promise<QueryEmbedding>,
    signal?: AbortSignal,
  ): Promise<QueryEmbedding> {
    signal?.throwIfAborted();
    const known = this.kept.get(key);
    if (known !== undefined) {
      this.keep(key, known);
      return known;
    }
    const running = this.running.get(key) ?? this.start(key, encode);
    running.waiting += 1;
    try {
      return await untilAborted(running.embedding, signal);
    } finally {
      running.waiting -= 1;
      if (running.waiting === 0) this.end(key, running, signal?.reason);
    }
  }

  private start(key: string, encode: (signal: AbortSignal) => Promise<QueryEmbedding>): Running {
    const stop = new AbortController();
    const embedding = encode(stop.signal).then((made) => {
      if (!stop.signal.aborted) this.keep(key, made);
      return made;
    });
    // The last one may leave before it fails.
    embedding.catch(() => undefined);
    const running = { embedding, waiting: 0, stop };
    this.running.set(key, running);
    return running;
  }

  /** Nobody waits any more: it has ended, or is not wanted. */
  private end(key: string, running: Running, reason: unknown): void {
    if (this.running.get(key) === running) this.running.delete(key);
    running.stop.abort(reason);
  }

  private keep(key: string, embedding: QueryEmbedding): void {
    if (this.kept.delete(key)) this.bytes -= sizeOf(embedding);
    this.kept.set(key, embedding);
    this.bytes += sizeOf(embedding);
    for (const [oldest, old] of this.kept) {
      if (this.bytes <= this.maxBytes) return;
      this.kept.delete(oldest);
      this.bytes -= sizeOf(old);
    }
  }
}

function sizeOf({ vector, text, frames = [] }: QueryEmbedding): number {
  const further = frames.reduce((sum, each) => sum + each.vector.byteLength + ENTRY, 0);
  return vector.byteLength + 2 * (text?.text.length ?? 0) + further + ENTRY;
}
