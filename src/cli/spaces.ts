import type { Command } from 'commander';
import { SemblanceError } from '../domain/errors/error.ts';
import { embeddedIndex, type OpenIndex } from '../index/memory/open-index.ts';
import type { EmbeddingSpace } from '../search/embedding-space.ts';
import { EncoderSpace } from '../search/encoder-space.ts';
import { parseFusion } from '../search/fusion.ts';
import { openSpace } from '../search/open-space.ts';
import type { CollectionStore } from '../store/collection-store.ts';

/** Options that choose an encoder, or several. */
export interface EncoderOptions {
  encoder?: string;
  fuse?: string;
}

/** Adds the options that choose an encoder, or several. */
export function withEncoderOptions(command: Command): Command {
  return command
    .option(
      '-e, --encoder <name>',
      'encoder; by default that of the collection (see `semblance encoders use`)',
    )
    .option(
      '--fuse <A,B>',
      'rank by the mean of the similarities of several encoders; with weights: A:0.3,B:0.7',
    );
}

/**
 * The choice of encoders as one text.
 * @throws SemblanceError USAGE, REQUEST_INVALID
 */
export function chosenEncoders({ encoder, fuse }: EncoderOptions): string | undefined {
  if (fuse === undefined) return encoder;
  if (encoder !== undefined) {
    throw new SemblanceError('USAGE', 'Give either --encoder or --fuse.');
  }
  parseFusion(fuse);
  return fuse;
}

/** The spaces that a command works in; an encoder is loaded once for all of them. */
export class Spaces {
  private readonly own = new Map<number, EncoderSpace>();
  private readonly opened: EmbeddingSpace[] = [];

  constructor(
    private readonly store: CollectionStore,
    private readonly openIndex: OpenIndex = embeddedIndex,
  ) {}

  /**
   * Opens the space of a choice of encoders.
   * @throws SemblanceError: see `openSpace`
   */
  open(encoders: string | undefined, needsText = false): EmbeddingSpace {
    const space = openSpace(this.store, encoders, needsText, (encoder) => {
      const found = this.own.get(encoder.id) ?? new EncoderSpace(encoder, this.openIndex);
      this.own.set(encoder.id, found);
      return found;
    });
    this.opened.push(space);
    return space;
  }

  /** Frees models and indices. */
  async release(): Promise<void> {
    for (const space of new Set([...this.opened, ...this.own.values()])) await space.release();
  }
}
