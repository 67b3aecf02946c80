import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { SemblanceError } from '../../domain/errors/error.ts';
import { GraphBuilder, type WeightSink } from '../../runtime/onnx/graph-builder.ts';
import type { TensorSource } from '../checkpoints/tensor-source.ts';
import type { Architecture, BuildOptions, TokenMap, Tower } from './architecture.ts';
import { locateTower } from './locate.ts';
import { Net } from './net.ts';

/**
 * Rises whenever compiling gives another graph of a tower or refuses what it took before, so that cached
 * ones are compiled anew. The same graph keeps its fingerprint.
 */
export const COMPILER_VERSION = 3;

/** Rises whenever the graph of tokens is another one; the towers stay as they are. */
export const TOKENS_VERSION = 1;

/** Alignment of weights in their file, for memory maps. */
const ALIGNMENT = 64;

/** Weights written to a file as they come, so that memory holds one tensor at a time. */
class WeightFile implements WeightSink {
  readonly file: string;
  private readonly descriptor: number;
  private position = 0;

  constructor(path: string) {
    this.file = basename(path);
    this.descriptor = openSync(path, 'w');
  }

  append(bytes: Uint8Array): number {
    this.position = Math.ceil(this.position / ALIGNMENT) * ALIGNMENT;
    const offset = this.position;
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.descriptor, bytes, done, bytes.length - done, offset + done);
    }
    this.position += bytes.length;
    return offset;
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

/** What compiling a tower told. */
export interface CompiledTower {
  /** Names in the checkpoint of the tensors that are in the graph. */
  used: ReadonlySet<string>;
  /** Guesses, prefixes and unknown fields that the user should know of. */
  notes: string[];
}

/** The graph of the tokens, beside that of the pictures. */
export const TOKENS_FILE = 'tokens.onnx';

/** Adds the output `tokens`: [batch, rows, columns, width]. */
function addTokens(g: GraphBuilder, { grid, leading = 0, build }: TokenMap): void {
  const { width, height } = grid;
  const ends = [leading, leading + width * height].map((n) => g.ints([n])) as [string, string];
  const places = g.node('Slice', [build(), ...ends, g.ints([1])]);
  g.node('Reshape', [places, g.ints([0, height, width, -1])], {}, { output: 'tokens' });
  g.output('tokens', 'float', ['batch', height, width, 'width']);
}

/**
 * Compiles one tower of a checkpoint to `<path>` (the graph) and `<path>.data` (the weights).
 * Inputs are `pixel_values` [batch, 3, height, width] or `input_ids` [batch, tokens]; the output is
 * `embedding` [batch, dimension]. A picture tower with features that belong to places is written a second
 * time, as `tokens.onnx` with the output `tokens` [batch, rows, columns, width] and the same weight file: so
 * that the first, and with it the fingerprint of its embeddings, stays as it is without them.
 * @throws SemblanceError CHECKPOINT_INCOMPLETE, CHECKPOINT_UNSUPPORTED, CHECKPOINT_AMBIGUOUS,
 *   ENCODER_INVALID (the configuration), and those of reading the checkpoint
 */
export function compileTower(
  architecture: Architecture,
  tower: Tower,
  source: TensorSource,
  options: BuildOptions,
  path: string,
): CompiledTower {
  const { used, notes, ...located } = locateTower(architecture, tower, source, options);
  const weights = new WeightFile(`${path}.data`);
  try {
    const g = new GraphBuilder(tower, weights);
    const net = new Net(g, located.source, options.precision);
    let embedding: string;
    let tokens: TokenMap | undefined;
    if (tower === 'vision') {
      const { width, height } = options.image;
      const pixels = g.input('pixel_values', 'float', ['batch', 3, height, width]);
      ({ embedding, tokens } = architecture.vision(net, pixels, options));
    } else {
      if (architecture.text === undefined) {
        throw new SemblanceError('ENCODER_INVALID', 'This architecture has no text tower.');
      }
      embedding = architecture.text(
        net,
        g.input('input_ids', 'int64', ['batch', 'tokens']),
        options,
      );
    }
    net.finish();
    g.node('Identity', [embedding], {}, { output: 'embedding' });
    g.output('embedding', 'float', ['batch', 'dimension']);
    writeFileSync(path, g.build());
    if (tokens !== undefined) {
      addTokens(g, tokens);
      writeFileSync(join(dirname(path), TOKENS_FILE), g.build());
    }
    return { used, notes };
  } finally {
    weights.close();
  }
}
