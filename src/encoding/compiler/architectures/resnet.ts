import { SemblanceError } from '../../../domain/errors/error.ts';
import { type Architecture, type TowerPlan, unknownFields } from '../architecture.ts';
import {
  type Config,
  checkFields,
  countOf,
  type FieldRules,
  flagOf,
  numbersOf,
  sectionOf,
} from '../configuration.ts';
import type { Net } from '../net.ts';
import { ANY, TensorPlan } from '../tensor-plan.ts';

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

/** What a configuration says. */
interface Sizes {
  /** Channels after the stem. */
  stem: number;
  /** Channels after each stage, and its layers. */
  widths: readonly number[];
  depths: readonly number[];
  /** Three convolutions in a layer with a narrow one in the middle, or two. */
  bottleneck: boolean;
  /** The first stage halves the map, too. */
  shrinksFirst: boolean;
}

function sizesOf(config: Config): Sizes {
  const widths = numbersOf(config, 'hidden_sizes', [256, 512, 1024, 2048], 1);
  const depths = numbersOf(config, 'depths', [3, 4, 6, 3], 1);
  if (widths.length !== depths.length || widths.length === 0) {
    throw new SemblanceError(
      'ENCODER_INVALID',
      `The configuration has ${widths.length} "hidden_sizes" and ${depths.length} "depths".`,
    );
  }
  return {
    stem: countOf(config, 'embedding_size', 64),
    widths,
    depths,
    bottleneck: (config.layer_type ?? 'bottleneck') === 'bottleneck',
    shrinksFirst: flagOf(config, 'downsample_in_first_stage', false),
  };
}

const RULES: FieldRules = {
  used: [
    ...['embedding_size', 'hidden_sizes', 'depths', 'downsample_in_first_stage'],
    'downsample_in_bottleneck',
  ],
  only: { num_channels: [3], layer_type: ['bottleneck', 'basic'], hidden_act: ['relu'] },
};

/** How many times narrower the middle of a bottleneck is. */
const REDUCTION = 4;

/** A layer of the model. */
interface Layer {
  prefix: string;
  inside: number;
  out: number;
  stride: number;
}

/** All layers in their order. */
function layersOfModel({ stem, widths, depths, shrinksFirst }: Sizes): Layer[] {
  return widths.flatMap((out, stage) =>
    Array.from({ length: depths[stage] as number }, (_, i) => ({
      prefix: `resnet.encoder.stages.${stage}.layers.${i}`,
      inside: i > 0 ? out : ((widths[stage - 1] ?? stem) as number),
      out,
      stride: i === 0 && (stage > 0 || shrinksFirst) ? 2 : 1,
    })),
  );
}

const hasShortcut = ({ inside, out, stride }: Layer) => inside !== out || stride !== 1;

function planConv(
  plan: TensorPlan,
  prefix: string,
  out: number,
  inside: number,
  side: number,
): void {
  plan.conv(`${prefix}.convolution`, out, inside, { width: side, height: side }, false);
  for (const part of ['weight', 'bias', 'running_mean', 'running_var']) {
    plan.tensor(`${prefix}.normalization.${part}`, out);
  }
}

/** One residual layer: two 3 x 3 convolutions, or a bottleneck of three. */
function residual(net: Net, x: string, layer: Layer, sizes: Sizes, strideFirst: boolean): string {
  const { g } = net;
  const { prefix, stride } = layer;
  const count = sizes.bottleneck ? 3 : 2;
  // A bottleneck shrinks the map in its 3 x 3 convolution, unless it is the original form.
  const strided = count === 3 && !strideFirst ? 1 : 0;
  let after = x;
  for (let i = 0; i < count; i++) {
    if (i > 0) after = g.node('Relu', [after]);
    after = convNorm(net, after, `${prefix}.layer.${i}`, i === strided ? stride : 1);
  }
  const shortcut = hasShortcut(layer) ? convNorm(net, x, `${prefix}.shortcut`, stride) : x;
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

  promise(_, { config, asPublished }): TowerPlan {
    const unknown = checkFields(config, RULES);
    const sizes = sizesOf(config);
    const plan = new TensorPlan();
    planConv(plan, 'resnet.embedder.embedder', sizes.stem, 3, 7);
    for (const layer of layersOfModel(sizes)) {
      const { prefix, inside, out } = layer;
      if (sizes.bottleneck) {
        const narrow = Math.floor(out / REDUCTION);
        planConv(plan, `${prefix}.layer.0`, narrow, inside, 1);
        planConv(plan, `${prefix}.layer.1`, narrow, narrow, 3);
        planConv(plan, `${prefix}.layer.2`, out, narrow, 1);
      } else {
        planConv(plan, `${prefix}.layer.0`, out, inside, 3);
        planConv(plan, `${prefix}.layer.1`, out, out, 3);
      }
      if (hasShortcut(layer)) planConv(plan, `${prefix}.shortcut`, out, inside, 1);
    }
    if (asPublished) {
      const classes = Object.keys(sectionOf(config, 'id2label')).length || ANY;
      plan.linear('classifier.1', classes, sizes.widths.at(-1) as number);
    }
    return {
      plan,
      own: /^resnet\./,
      harmless: /\.num_batches_tracked$/,
      notes: unknownFields(unknown),
    };
  },

  vision(net, pixels, { image, config, asPublished }) {
    const { g } = net;
    const strideFirst = flagOf(config, 'downsample_in_bottleneck', false);
    const sizes = sizesOf(config);
    const stem = g.node('Relu', [convNorm(net, pixels, 'resnet.embedder.embedder', 2)]);
    let x = g.node('MaxPool', [stem], {
      kernel_shape: [3, 3],
      strides: [2, 2],
      pads: [1, 1, 1, 1],
    });
    let halvings = 2;
    for (const layer of layersOfModel(sizes)) {
      if (layer.stride === 2) halvings += 1;
      x = residual(net, x, layer, sizes, strideFirst);
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
