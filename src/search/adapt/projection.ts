import { normalise } from '../../domain/vectors.ts';
import { PROJECTION } from '../../encoding/encoders/projection.ts';
import { GraphBuilder } from '../../runtime/onnx/graph-builder.ts';
import type { Discriminant, Linear } from './discriminant.ts';

/** What a projection makes of an embedding, beside the discriminant. */
export interface ProjectionSettings {
  /** Whether each number is replaced by its square root (with its sign), which tames large ones. */
  root: boolean;
  /** Share of the covariance that is replaced by a multiple of the identity. */
  shrinkage: number;
  /** Weights of the three parts in the similarity; their sum is 1. */
  weights: { embedding: number; axes: number; classes: number };
}

/** The embedding as the discriminant takes it, of length 1. */
export function featuresOf(vector: Float32Array, root: boolean): Float32Array {
  const features = root
    ? vector.map((value) => Math.sign(value) * Math.sqrt(Math.abs(value)))
    : Float32Array.from(vector);
  normalise(features);
  return features;
}

/**
 * The projection as a graph. Three parts, each of length 1: the embedding itself, its coordinates in the
 * discriminant space, and the square roots of the probabilities of the classes. Scaled by the roots of
 * their weights, so that the cosine of two projected embeddings is the weighted mean of the embeddings'
 * cosine, of that in the discriminant space, and of the Bhattacharyya coefficient of the classes.
 */
export function projectionGraph(
  { classes, axes }: Discriminant,
  { root, weights }: ProjectionSettings,
): Uint8Array {
  const dimension = classes.weights.length / classes.bias.length;
  const g = new GraphBuilder('adapted');
  const input = g.input(PROJECTION.input, 'float', ['n', dimension]);
  const unit = (value: string) => {
    const length = g.node('ReduceL2', [value, g.ints([1])], { keepdims: 1 });
    // One of zeros stays so.
    return g.node('Div', [value, g.node('Max', [length, g.floats([1e-30], [1])])]);
  };
  const map = (value: string, { weights: matrix, bias }: Linear) =>
    g.node(
      'Gemm',
      [value, g.floats(matrix, [bias.length, dimension]), g.floats(bias, [bias.length])],
      {
        transB: 1,
      },
    );
  const features = unit(
    root
      ? g.node('Mul', [g.node('Sign', [input]), g.node('Sqrt', [g.node('Abs', [input])])])
      : input,
  );
  const parts: [value: string, weight: number][] = [
    [features, weights.embedding],
    [unit(map(features, axes)), weights.axes],
    [g.node('Sqrt', [g.node('Softmax', [map(features, classes)], { axis: 1 })]), weights.classes],
  ];
  const scaled = parts.map(([value, weight]) =>
    g.node('Mul', [value, g.floats([Math.sqrt(weight)], [1])]),
  );
  g.node('Concat', scaled, { axis: 1 }, { output: PROJECTION.output });
  g.output(PROJECTION.output, 'float', ['n', projectedLength({ classes, axes })]);
  return g.build();
}

/** Length of a projected embedding. */
export function projectedLength({ classes, axes }: Discriminant): number {
  return classes.weights.length / classes.bias.length + axes.bias.length + classes.bias.length;
}
