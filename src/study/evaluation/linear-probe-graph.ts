import { GraphBuilder } from '../../runtime/onnx/graph-builder.ts';

/** AdamW as the study runs it: PyTorch's defaults but for the learning rate (Loshchilov, Hutter 2019). */
export interface AdamW {
  learningRate: number;
  weightDecay: number;
  beta1: number;
  beta2: number;
  epsilon: number;
}

/**
 * Graph of one training step of a linear classifier: softmax cross-entropy, its gradient, and the
 * AdamW update. The parameters come in and go out, because the runtime has no training.
 *
 * Inputs: `x` [n, width], whose last column is 1, so that the last weight of a class is its bias;
 * `labels` int64 [n]; `weights`, `mean` and `square` [classes, width], the last two being the
 * moving averages of the gradient and of its square; `share` [1] = 1 / n; `rate` [1] = learning
 * rate / (1 - beta1^t) and `root` [1] = sqrt(1 - beta2^t) for step t = 1, 2, ...
 * Outputs: `new_weights`, `new_mean`, `new_square` and `loss` [1], the mean of the batch.
 */
export function trainingStepGraph(classes: number, width: number, adam: AdamW): Uint8Array {
  const g = new GraphBuilder('linear_probe_step');
  const parameter = [classes, width];
  const x = g.input('x', 'float', ['n', width]);
  const labels = g.input('labels', 'int64', ['n']);
  const weights = g.input('weights', 'float', parameter);
  const oldMean = g.input('mean', 'float', parameter);
  const oldSquare = g.input('square', 'float', parameter);
  const share = g.input('share', 'float', [1]);
  const rate = g.input('rate', 'float', [1]);
  const root = g.input('root', 'float', [1]);
  const constant = (value: number) => g.floats([value], [1]);
  const mul = (a: string, b: string) => g.node('Mul', [a, b]);
  const named = (op: string, inputs: string[], output: string) =>
    g.node(op, inputs, {}, { output });

  const logits = g.node('Gemm', [x, weights], { transB: 1 });
  const logProbabilities = g.node('LogSoftmax', [logits], { axis: 1 });
  const oneHot = g.node('OneHot', [labels, g.ints([classes]), g.floats([0, 1], [2])], { axis: -1 });
  const right = g.node('ReduceSum', [mul(logProbabilities, oneHot), g.ints([0, 1])], {
    keepdims: 0,
  });
  named('Mul', [g.node('Neg', [right]), share], 'loss');

  // The loss falls with the logits as softmax minus one-hot, averaged over the batch.
  const error = mul(g.node('Sub', [g.node('Exp', [logProbabilities]), oneHot]), share);
  const gradient = g.node('Gemm', [error, x], { transA: 1 });
  const average = (old: string, now: string, beta: number, output: string) =>
    named('Add', [mul(old, constant(beta)), mul(now, constant(1 - beta))], output);
  const mean = average(oldMean, gradient, adam.beta1, 'new_mean');
  const square = average(oldSquare, mul(gradient, gradient), adam.beta2, 'new_square');

  const deviation = g.node('Div', [g.node('Sqrt', [square]), root]);
  const step = g.node('Div', [mul(mean, rate), g.node('Add', [deviation, constant(adam.epsilon)])]);
  const decayed = mul(weights, constant(1 - adam.learningRate * adam.weightDecay));
  named('Sub', [decayed, step], 'new_weights');
  for (const name of ['new_weights', 'new_mean', 'new_square']) g.output(name, 'float', parameter);
  g.output('loss', 'float', [1]);
  return g.build();
}

/** Graph of the classifier: `x` and `weights` as above to `probabilities` [n, classes]. */
export function probabilitiesGraph(classes: number, width: number): Uint8Array {
  const g = new GraphBuilder('linear_probe');
  const x = g.input('x', 'float', ['n', width]);
  const weights = g.input('weights', 'float', [classes, width]);
  const logits = g.node('Gemm', [x, weights], { transB: 1 });
  g.node('Softmax', [logits], { axis: 1 }, { output: 'probabilities' });
  g.output('probabilities', 'float', ['n', classes]);
  return g.build();
}
