import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { TensorSource } from '../checkpoints/tensor-source.ts';
import { SemblanceError } from '../errors/error.ts';
import { GraphBuilder, type WeightSink } from '../onnx/graph-builder.ts';
import type { Architecture, BuildOptions, TokenMap } from './architecture.ts';
import { Net } from './net.ts';

/** Rises whenever compiling gives another graph of a tower, so that cached ones are compiled anew. */
export const COMPILER_VERSION = 1;

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

/** A checkpoint whose names are spelled as the architecture expects. */
export function renamed(source: TensorSource, renames: Architecture['renames'] = []): TensorSource {
  const original = new Map<string, string>();
  for (const name of source.names()) {
    const spelled = renames.reduce((text, [from, to]) => text.replace(from, to as string), name);
    // A name that was right from the start is not replaced by a renamed one.
    if (spelled === name || !original.has(spelled)) original.set(spelled, name);
  }
  const find = (name: string) => original.get(name) ?? '';
  return {
    names: () => [...original.keys()],
    info: (name) => source.info(find(name)),
    floats: (name) => source.floats(find(name)),
    close: () => source.close(),
  };
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
 * @throws SemblanceError CHECKPOINT_INCOMPLETE, and those of reading the checkpoint
 */
export function compileTower(
  architecture: Architecture,
  tower: 'vision' | 'text',
  source: TensorSource,
  options: BuildOptions,
  path: string,
): void {
  const weights = new WeightFile(`${path}.data`);
  try {
    const g = new GraphBuilder(tower, weights);
    const net = new Net(g, renamed(source, architecture.renames), options.precision);
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
  } finally {
    weights.close();
  }
}
