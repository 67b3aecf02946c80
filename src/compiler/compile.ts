import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { basename } from 'node:path';
import type { TensorSource } from '../checkpoints/tensor-source.ts';
import { SemblanceError } from '../errors/error.ts';
import { GraphBuilder, type WeightSink } from '../onnx/graph-builder.ts';
import type { Architecture, BuildOptions } from './architecture.ts';
import { Net } from './net.ts';

/** Rises whenever compiling gives another graph, so that cached ones are compiled anew. */
export const COMPILER_VERSION = 1;

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

/**
 * Compiles one tower of a checkpoint to `<path>` (the graph) and `<path>.data` (the weights).
 * Inputs are `pixel_values` [batch, 3, height, width] or `input_ids` [batch, tokens]; the output is
 * `embedding` [batch, dimension].
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
    if (tower === 'vision') {
      const { width, height } = options.image;
      const pixels = g.input('pixel_values', 'float', ['batch', 3, height, width]);
      embedding = architecture.vision(net, pixels, options);
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
  } finally {
    weights.close();
  }
}
