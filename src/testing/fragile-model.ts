import { GraphBuilder } from '../runtime/onnx/graph-builder.ts';

/**
 * A model of `pixels` [batch, 3, 4, 4] to `embedding` [batch, 3]: one by the mean of each channel
 * minus a level, so infinite where the two are equal.
 */
export function fragileModel(level: number): Uint8Array {
  const g = new GraphBuilder('fragile');
  const pixels = g.input('pixels', 'float', ['batch', 3, 4, 4]);
  const mean = g.node('ReduceMean', [pixels, g.ints([2, 3])], { keepdims: 0 });
  const difference = g.node('Sub', [mean, g.floats([level], [1])]);
  g.node('Div', [g.floats([1], [1]), difference], {}, { output: 'embedding' });
  g.output('embedding', 'float', ['batch', 3]);
  return g.build();
}

/** What describes a `fragileModel` in a file. */
export const fragileDescription = (file: string) => ({
  name: 'fragile',
  title: 'Fragile',
  model: { file },
  input: { name: 'pixels' },
  preprocess: { resize: { mode: 'exact', width: 4, height: 4 }, interpolation: 'bilinear' },
  output: { name: 'embedding' },
  dimension: 3,
  licence: 'none',
  source: 'this test',
});
