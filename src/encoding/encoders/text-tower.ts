import { access } from 'node:fs/promises';
import { SemblanceError, toSemblanceError } from '../../domain/errors/error.ts';
import type { Graph } from '../../runtime/session.ts';
import { untilAborted } from '../../runtime/until-aborted.ts';
import { type TokenizedText, Tokenizer } from '../tokenizers/tokenizer.ts';
import type { EncoderDefinition } from './definition.ts';
import { hashModel, type LoadOptions, openModel, runModel } from './model.ts';

/** A text's embedding, and how many of its tokens went into it. */
export interface TextEmbedding extends Pick<TokenizedText, 'tokens' | 'used'> {
  vector: Float32Array;
}

/** The loaded text tower of an encoder: texts in, embeddings out that are compared with those of pictures. */
export class TextTower {
  private constructor(
    private readonly definition: EncoderDefinition,
    private readonly tower: NonNullable<EncoderDefinition['text']>,
    private readonly tokenizer: Tokenizer,
    private readonly session: Graph,
  ) {}

  /**
   * Loads the text tower of an encoder.
   * @throws SemblanceError TEXT_NOT_SUPPORTED (the encoder has none), PATH_NOT_FOUND (a file),
   *   TOKENIZER_INVALID, ENCODER_INVALID (checksum, names), ENCODER_FAILED (the runtime refuses the model)
   */
  static async load(definition: EncoderDefinition, options: LoadOptions = {}): Promise<TextTower> {
    const { text, name } = definition;
    if (text === undefined) {
      throw new SemblanceError('TEXT_NOT_SUPPORTED', 'It has no text tower.', { subject: name });
    }
    const tokenizer = await Tokenizer.load(text.tokenizer);
    const { model, input, output } = text;
    await access(model.file).catch((error) => {
      throw toSemblanceError(error, model.file);
    });
    // Not a part of the fingerprint, so the file is read for its checksum only.
    if (model.sha256 !== undefined) await hashModel(model);
    const session = await openModel(model.file, input.name, output.name, name, options);
    return new TextTower(definition, text, tokenizer, session);
  }

  /**
   * Encodes texts.
   * @returns one embedding of the encoder's dimension for each text
   * @param signal ends the wait
   * @throws SemblanceError ENCODER_FAILED as `Encoder.encode`; the signal's reason
   */
  async encode(texts: readonly string[], signal?: AbortSignal): Promise<TextEmbedding[]> {
    signal?.throwIfAborted();
    if (texts.length === 0) return [];
    const { input, output, tokenizer } = this.tower;
    const tokenized = texts.map((text) => this.tokenizer.encode(text));
    const ids = BigInt64Array.from(
      tokenized.flatMap((text) => text.ids),
      BigInt,
    );
    const feeds = { [input.name]: { dims: [texts.length, tokenizer.contextLength], data: ids } };
    const { dimension, name: encoder } = this.definition;
    const expected = { count: texts.length, dimension, encoder };
    const run = runModel(this.session, feeds, output.name, expected);
    const vectors = await untilAborted(run, signal);
    return tokenized.map(({ tokens, used }, i) => ({
      vector: vectors[i] as Float32Array,
      tokens,
      used,
    }));
  }

  /** Frees the model's memory. */
  async release(): Promise<void> {
    await this.session.release();
  }
}
