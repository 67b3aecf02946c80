import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomFrom } from '../domain/random.ts';
import { GraphBuilder } from '../runtime/onnx/graph-builder.ts';

/** Sides of a patch and of the input of the patch encoder, in pixels. */
export const PATCH = 8;
export const SIZE = 64;

/** A convolution of patches; its tokens are the patches' features, its embedding their mean. */
function patchModel(output: 'tokens' | 'embedding'): Uint8Array {
  const g = new GraphBuilder(output);
  const random = randomFrom(3);
  const width = 24;
  const inside = 3 * PATCH * PATCH;
  const weights = Float32Array.from({ length: width * inside }, () => random() - 0.5);
  // Each feature sees a pattern, and nothing of the brightness.
  for (let at = 0; at < weights.length; at += inside) {
    const filter = weights.subarray(at, at + inside);
    const mean = filter.reduce((sum, value) => sum + value, 0) / inside;
    filter.forEach((value, i) => {
      filter[i] = value - mean;
    });
  }
  const pixels = g.input('pixels', 'float', ['batch', 3, SIZE, SIZE]);
  const map = g.node('Relu', [
    g.node('Conv', [pixels, g.floats(weights, [width, 3, PATCH, PATCH])], {
      strides: [PATCH, PATCH],
    }),
  ]);
  if (output === 'tokens') g.node('Transpose', [map], { perm: [0, 2, 3, 1] }, { output });
  else g.node('Flatten', [g.node('GlobalAveragePool', [map])], { axis: 1 }, { output });
  g.output(output, 'float', output === 'tokens' ? ['batch', 8, 8, width] : ['batch', width]);
  return g.build();
}

/**
 * Writes an encoder that sees patches: `<name>.json` and its graphs.
 * @param preprocess its resizing to 64 x 64 pixels
 * @returns the description, as written
 */
export function writePatchEncoder(folder: string, name: string, preprocess: object) {
  for (const output of ['embedding', 'tokens'] as const) {
    writeFileSync(join(folder, `${output}.onnx`), patchModel(output));
  }
  const definition = {
    name,
    title: name,
    model: { file: 'embedding.onnx' },
    input: { name: 'pixels' },
    preprocess: { interpolation: 'bilinear', ...preprocess },
    output: { name: 'embedding' },
    tokens: { model: { file: 'tokens.onnx' }, output: { name: 'tokens' } },
    dimension: 24,
    licence: 'none',
    source: 'a test',
  };
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(definition));
  return definition;
}
