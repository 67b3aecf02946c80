import { access } from 'node:fs/promises';
import { SemblanceError, toSemblanceError } from '../../domain/errors/error.ts';
import type { Graph } from '../../runtime/session.ts';
import { untilAborted } from '../../runtime/until-aborted.ts';
import type { EncoderDefinition } from './definition.ts';
import { pictureFeeds } from './encoder.ts';
import { hashModel, type LoadOptions, openModel } from './model.ts';

/** What a picture looks like to an encoder, place by place. */
export interface TokenGrid {
  rows: number;
  columns: number;
  /** Length of a token. */
  width: number;
  /** rows x columns x width values; the places cover the encoder's whole input. */
  data: Float32Array;
}

/** The loaded graph of an encoder's tokens: preprocessed pictures in, feature vectors of their places out. */
export class PatchFeatures {
  private constructor(
    private readonly definition: EncoderDefinition,
    private readonly output: string,
    private readonly session: Graph,
  ) {}

  /**
   * Loads the graph of an encoder's tokens.
   * @returns undefined when the encoder has none
   * @throws SemblanceError PATH_NOT_FOUND, ENCODER_INVALID (checksum, names), ENCODER_FAILED
   */
  static async load(
    definition: EncoderDefinition,
    options: LoadOptions = {},
  ): Promise<PatchFeatures | undefined> {
    const { tokens, input, name } = definition;
    if (tokens === undefined) return undefined;
    await access(tokens.model.file).catch((error) => {
      throw toSemblanceError(error, tokens.model.file);
    });
    if (tokens.model.sha256 !== undefined) await hashModel(tokens.model);
    const { model, output } = tokens;
    const session = await openModel(model.file, input.name, output.name, name, options);
    return new PatchFeatures(definition, output.name, session);
  }

  /**
   * The tokens of a picture.
   * @param picture preprocessed, 3 x height x width (RGB planes)
   * @throws SemblanceError ENCODER_FAILED when the model refuses it, or gives another shape than
   *   [1, rows, columns, width] or a value that is not a finite number; the signal's reason
   */
  async encode(picture: Float32Array, signal?: AbortSignal): Promise<TokenGrid> {
    signal?.throwIfAborted();
    const failed = (why: string, cause?: unknown) =>
      new SemblanceError('ENCODER_FAILED', why, { subject: this.definition.name, cause });
    const run = this.session
      .run(pictureFeeds(this.definition, [picture]), [this.output])
      .catch((cause) => {
        throw failed(cause instanceof Error ? cause.message : String(cause), cause);
      });
    const result = await untilAborted(run, signal);
    const { dims = [], data } = result[this.output] ?? {};
    const [batch, rows, columns, width] = dims;
    if (!(data instanceof Float32Array) || dims.length !== 4 || batch !== 1) {
      throw failed(`The tokens are [${dims}] in place of [1, rows, columns, width].`);
    }
    if (!data.every(Number.isFinite)) throw failed('A token has a value that is no number.');
    return { rows: rows as number, columns: columns as number, width: width as number, data };
  }

  /** Frees the model's memory. */
  async release(): Promise<void> {
    await this.session.release();
  }
}
