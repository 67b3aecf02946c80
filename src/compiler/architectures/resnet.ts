import type { Architecture } from '../architecture.ts';
import type { Net } from '../net.ts';

/** torch.nn.BatchNorm2d's default, which all published models have. */
const EPSILON = 1e-5;

/**
 * A convolution without bias and the batch norm after it, as one convolution: at inference the norm
 * is a scale and an offset for each channel. Padding keeps the size, as in all of this family.
 */
function convNorm(net: Net, x: string, prefix: string, stride: number): string {
  const { g } = net;
  const weightName = `${prefix}.convolution.weight`;
  const shape = net.shape(weightName, 4) as [number, number, number, number];
  const [out, inside, height, width] = shape;
  const norm = (name: string) => net.values(`${prefix}.normalization.${name}`, [out]);
  const scale = norm('weight');
  const offset = norm('bias');
  const mean = norm('running_mean');
  const variance = norm('running_var');
  const weight = net.values(weightName, shape).slice();
  const bias = new Float32Array(out);
  const size = inside * height * width;
  for (let c = 0; c < out; c++) {
    const factor = (scale[c] as number) / Math.sqrt((variance[c] as number) + EPSILON);
    bias[c] = (offset[c] as number) - (mean[c] as number) * factor;
    for (let i = c * size; i < (c + 1) * size; i++) weight[i] = (weight[i] as number) * factor;
  }
  const [down, right] = [Math.floor(height / 2), Math.floor(width / 2)];
  return g.node('Conv', [x, g.floats(weight, shape), g.floats(bias, [out])], {
    strides: [stride, stride],
    pads: [down, right, down, right],
  });
}

/** One residual layer: two 3 x 3 convolutions, or a bottleneck of three. */
function residual(
  net: Net,
  x: string,
  prefix: string,
  stride: number,
  strideFirst: boolean,
): string {
  const { g } = net;
  const count = net.countLayers(`${prefix}.layer.#.convolution.weight`);
  // A bottleneck shrinks the map in its 3 x 3 convolution, unless it is the original form.
  const strided = count === 3 && !strideFirst ? 1 : 0;
  let after = x;
  for (let i = 0; i < count; i++) {
    if (i > 0) after = g.node('Relu', [after]);
    after = convNorm(net, after, `${prefix}.layer.${i}`, i === strided ? stride : 1);
  }
  const shortcut = net.has(`${prefix}.shortcut.convolution.weight`)
    ? convNorm(net, x, `${prefix}.shortcut`, stride)
    : x;
  return g.node('Relu', [g.node('Add', [after, shortcut])]);
}

/**
 * ResNet. The embedding is the mean of the last map; as published by the study it is the
 * classifier's logits.
 * Source: He et al., Deep Residual Learning (2015); transformers' ResNetForImageClassification.
 */
export const resnet: Architecture = {
  // ResNetModel alone has no prefix.
  renames: [[/^(embedder|encoder)\./, 'resnet.$1.']],

  vision(net, pixels, { image, config, asPublished }) {
    const { g } = net;
    const strideFirst = config.downsample_in_bottleneck === true;
    const stem = g.node('Relu', [convNorm(net, pixels, 'resnet.embedder.embedder', 2)]);
    let x = g.node('MaxPool', [stem], {
      kernel_shape: [3, 3],
      strides: [2, 2],
      pads: [1, 1, 1, 1],
    });
    const layer = (stage: string, index: string) =>
      `resnet.encoder.stages.${stage}.layers.${index}`;
    const stages = net.countLayers(`${layer('#', '0')}.layer.0.convolution.weight`);
    let halvings = 2;
    for (let stage = 0; stage < stages; stage++) {
      const shrinks = stage > 0 || config.downsample_in_first_stage === true;
      if (shrinks) halvings += 1;
      const layers = net.countLayers(`${layer(String(stage), '#')}.layer.0.convolution.weight`);
      for (let i = 0; i < layers; i++) {
        const stride = i === 0 && shrinks ? 2 : 1;
        x = residual(net, x, layer(String(stage), String(i)), stride, strideFirst);
      }
    }
    const pooled = g.node('Flatten', [g.node('GlobalAveragePool', [x])], { axis: 1 });
    const embedding = asPublished ? net.linear(pooled, 'classifier.1') : pooled;
    // The stem halves the map twice, and each stage that shrinks once more; odd sides are rounded up.
    let grid = image;
    for (let n = 0; n < halvings; n++) {
      grid = { width: Math.ceil(grid.width / 2), height: Math.ceil(grid.height / 2) };
    }
    const build = () => {
      const flat = g.node('Reshape', [x, g.ints([0, 0, -1])]);
      return g.node('Transpose', [flat], { perm: [0, 2, 1] });
    };
    return { embedding, tokens: { grid, build } };
  },
};
