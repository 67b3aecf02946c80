import { createHash } from 'node:crypto';
import type { Graph } from '../../runtime/session.ts';
import { hashModel, type LoadOptions, openModel, runModel } from './model.ts';

/** Names of the graph's input and output. */
export const PROJECTION = { input: 'embedding', output: 'adapted' } as const;

/** A graph after the model: embeddings in, the encoder's own embeddings out. */
export class Projection {
  private constructor(
    /** SHA-256 of the graph. */
    readonly sha256: string,
    readonly dimension: number,
    private readonly encoder: string,
    private readonly session: Graph,
  ) {}

  /**
   * Loads the projection of an encoder.
   * @param projection its file, or the graph itself
   * @param dimension length of what comes out
   * @throws SemblanceError PATH_NOT_FOUND, ENCODER_INVALID (checksum, names), ENCODER_FAILED
   */
  static async load(
    encoder: string,
    projection: { file: string; sha256?: string | undefined } | Uint8Array,
    dimension: number,
    options: LoadOptions = {},
  ): Promise<Projection> {
    const [graph, sha256] =
      'file' in projection
        ? [projection.file, await hashModel(projection)]
        : [projection, createHash('sha256').update(projection).digest('hex')];
    const { input, output } = PROJECTION;
    const session = await openModel(graph, input, output, encoder, options);
    return new Projection(sha256, dimension, encoder, session);
  }

  /**
   * Projects embeddings.
   * @throws SemblanceError ENCODER_FAILED as `Encoder.encode`
   */
  async apply(vectors: readonly Float32Array[]): Promise<Float32Array[]> {
    const length = vectors[0]?.length ?? 0;
    const data = new Float32Array(vectors.length * length);
    vectors.forEach((vector, i) => {
      data.set(vector, i * length);
    });
    const feeds = { [PROJECTION.input]: { dims: [vectors.length, length], data } };
    return runModel(this.session, feeds, PROJECTION.output, {
      count: vectors.length,
      dimension: this.dimension,
      encoder: this.encoder,
    });
  }

  /** Frees the graph's memory. */
  release(): Promise<void> {
    return this.session.release();
  }
}

/** Fingerprint of an encoder with a projection. */
export function projectedFingerprint(base: string, sha256: string): string {
  return createHash('sha256')
    .update(JSON.stringify({ base, projection: sha256 }))
    .digest('hex');
}
