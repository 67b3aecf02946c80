import { SemblanceError } from '../../../domain/errors/error.ts';
import { type Architecture, type TowerPlan, unknownFields } from '../architecture.ts';
import {
  activationOf,
  type Config,
  checkFields,
  countOf,
  type FieldRules,
  flagOf,
  numberOf,
  numbersOf,
  sizeOf,
} from '../configuration.ts';
import type { Activation, Grid, Net } from '../net.ts';
import { ANY, TensorPlan } from '../tensor-plan.ts';
import { attention, mlp } from '../transformer.ts';

/** Places of tokens in windows that are cut from a map. */
export interface WindowCut {
  /** For every place of every window the token it takes; the map's size means a token of zeros. */
  order: readonly number[];
  /** For every token of the map its place in `order`. */
  back: readonly number[];
  /** Windows that cover the map. */
  count: Grid;
}

/** Rounds up to a multiple. */
function upTo(size: number, multiple: number): number {
  return Math.ceil(size / multiple) * multiple;
}

/**
 * Cuts a map, padded with zeros at the right and the bottom, into square windows in reading order.
 * @param grid size of the map in tokens
 * @param window side of a window in tokens
 * @param shift by how many tokens the padded map is rolled up and to the left before it is cut
 */
export function cutWindows(grid: Grid, window: number, shift = 0): WindowCut {
  const height = upTo(grid.height, window);
  const width = upTo(grid.width, window);
  const size = grid.width * grid.height;
  const order: number[] = [];
  const back = new Array<number>(size).fill(0);
  for (let top = 0; top < height; top += window) {
    for (let left = 0; left < width; left += window) {
      for (let place = 0; place < window * window; place++) {
        const y = (top + Math.floor(place / window) + shift) % height;
        const x = (left + (place % window) + shift) % width;
        const inside = y < grid.height && x < grid.width;
        const token = inside ? y * grid.width + x : size;
        if (inside) back[token] = order.length;
        order.push(token);
      }
    }
  }
  return { order, back, count: { width: width / window, height: height / window } };
}

/**
 * Takes tokens in another order; one past the last is a token of zeros.
 * @param tokens [batch, count, width]
 * @returns [batch, order.length, width]
 */
function reorder(
  net: Net,
  tokens: string,
  order: readonly number[],
  count = Number.POSITIVE_INFINITY,
): string {
  const { g } = net;
  // One gather of rows does what padding, rolling and two transpositions would do.
  const source = order.includes(count)
    ? g.node('Pad', [tokens, g.ints([0, 0, 0, 0, 1, 0])])
    : tokens;
  return g.node('Gather', [source, g.ints(order)], { axis: 1 });
}

/**
 * Applies a layer to every window of a map by itself.
 * @param tokens [batch, grid.height * grid.width, width]
 * @param layer takes and gives [batch * windows, window * window, width]
 */
export function inWindows(
  net: Net,
  tokens: string,
  width: number,
  cut: WindowCut,
  layer: (windows: string) => string,
): string {
  const { g } = net;
  const inWindow = cut.order.length / (cut.count.width * cut.count.height);
  const ordered = reorder(net, tokens, cut.order, cut.back.length);
  const done = layer(g.node('Reshape', [ordered, g.ints([-1, inWindow, width])]));
  const rows = g.node('Reshape', [done, g.ints([-1, cut.order.length, width])]);
  return reorder(net, rows, cut.back);
}

/** Added to the scores of tokens that only the roll made neighbours (official code: -100). */
const APART = -100;

/**
 * Relative position biases, and for rolled maps the masks, of all windows.
 * @returns values of [windows (1 without shift), heads, tokens, tokens]
 */
function scoreBias(
  table: Float32Array,
  heads: number,
  window: number,
  shift: number,
  count: Grid,
): Float32Array {
  // The table may belong to a larger window than one that shrank to fit a small map.
  const side = Math.sqrt(table.length / heads);
  const middle = (side - 1) / 2;
  const tokens = window * window;
  const windows = shift > 0 ? count.width * count.height : 1;
  const rowOf = (token: number) => Math.floor(token / window);
  const columnOf = (token: number) => token % window;
  // Bands of the rolled map: what stayed, the last window up to the seam, and what was rolled in.
  const band = (place: number, size: number) =>
    place < size - window ? 0 : place < size - shift ? 1 : 2;
  const regionOf = (index: number, token: number) => {
    const y = Math.floor(index / count.width) * window + rowOf(token);
    const x = (index % count.width) * window + columnOf(token);
    return 3 * band(y, count.height * window) + band(x, count.width * window);
  };
  const result = new Float32Array(windows * heads * tokens * tokens);
  for (let index = 0; index < windows; index++) {
    const regions = Array.from({ length: tokens }, (_, token) => regionOf(index, token));
    for (let head = 0; head < heads; head++) {
      for (let i = 0; i < tokens; i++) {
        for (let j = 0; j < tokens; j++) {
          const down = rowOf(i) - rowOf(j) + middle;
          const right = columnOf(i) - columnOf(j) + middle;
          const bias = table[(down * side + right) * heads + head] as number;
          const mask = shift > 0 && regions[i] !== regions[j] ? APART : 0;
          result[((index * heads + head) * tokens + i) * tokens + j] = bias + mask;
        }
      }
    }
  }
  return result;
}

/** The biases as a value of the graph: [1 or batch * windows, heads, tokens, tokens]. */
function biasValue(
  net: Net,
  tokens: string,
  prefix: string,
  heads: number,
  window: number,
  shift: number,
  count: Grid,
): string {
  const { g } = net;
  const name = `${prefix}.relative_position_bias.relative_position_bias_table`;
  const [rows] = net.shape(name, 2) as [number, number];
  const size = window * window;
  const values = scoreBias(net.values(name, [rows, heads]), heads, window, shift, count);
  if (shift === 0) return g.floats(values, [1, heads, size, size]);
  const constant = g.floats(values, [count.width * count.height, heads, size, size]);
  const batch = g.node('Shape', [tokens], { start: 0, end: 1 });
  const shape = g.node('Concat', [batch, g.ints([1, 1, 1, 1])], { axis: 0 });
  const repeated = g.node('Expand', [constant, shape]);
  return g.node('Reshape', [repeated, g.ints([-1, heads, size, size])]);
}

interface BlockPlace {
  grid: Grid;
  heads: number;
  /** Side of a window as configured. */
  window: number;
  /** Whether this block rolls the map. */
  rolled: boolean;
  epsilon: number;
  activation: Activation;
}

/** One block of a stage: attention within windows, then a perceptron. */
function swinBlock(net: Net, x: string, prefix: string, place: BlockPlace): string {
  const { g } = net;
  const { grid, heads, epsilon, activation } = place;
  const [width] = net.shape(`${prefix}.layernorm_before.weight`, 1) as [number];
  // A window as large as the map needs no roll; a larger one shrinks.
  const small = Math.min(grid.width, grid.height) <= place.window;
  const window = small ? Math.min(grid.width, grid.height) : place.window;
  const shift = place.rolled && !small ? Math.floor(window / 2) : 0;
  const cut = cutWindows(grid, window, shift);
  const names = {
    query: `${prefix}.attention.q_proj`,
    key: `${prefix}.attention.k_proj`,
    value: `${prefix}.attention.v_proj`,
    out: `${prefix}.attention.o_proj`,
  };
  const bias = biasValue(net, x, `${prefix}.attention`, heads, window, shift, cut.count);
  const normed = net.layerNorm(x, `${prefix}.layernorm_before`, epsilon);
  const attended = inWindows(net, normed, width, cut, (windows) =>
    attention(net, names, windows, { heads, bias }),
  );
  const middle = g.node('Add', [x, attended]);
  const after = mlp(
    net,
    net.layerNorm(middle, `${prefix}.layernorm_after`, epsilon),
    { kind: 'plain', first: `${prefix}.mlp.fc1`, second: `${prefix}.mlp.fc2` },
    activation,
  );
  return g.node('Add', [middle, after]);
}

/** torch.nn.LayerNorm's default, which the norms outside of blocks have. */
const TORCH_EPSILON = 1e-5;

/** Joins every 2 x 2 tokens, column by column, into one of twice the width. */
function mergePatches(
  net: Net,
  tokens: string,
  prefix: string,
  grid: Grid,
): { tokens: string; grid: Grid } {
  const { g } = net;
  const merged = { width: Math.ceil(grid.width / 2), height: Math.ceil(grid.height / 2) };
  const size = grid.width * grid.height;
  const order: number[] = [];
  for (let y = 0; y < grid.height; y += 2) {
    for (let x = 0; x < grid.width; x += 2) {
      for (const [down, right] of [
        [0, 0],
        [1, 0],
        [0, 1],
        [1, 1],
      ] as const) {
        const inside = y + down < grid.height && x + right < grid.width;
        order.push(inside ? (y + down) * grid.width + x + right : size);
      }
    }
  }
  const [width] = net.shape(`${prefix}.norm.weight`, 1) as [number];
  const four = g.node('Reshape', [
    reorder(net, tokens, order, size),
    g.ints([-1, merged.width * merged.height, width]),
  ]);
  const normed = net.layerNorm(four, `${prefix}.norm`, TORCH_EPSILON);
  return { tokens: net.linear(normed, `${prefix}.reduction`), grid: merged };
}

/** What a configuration says (transformers, SwinConfig). */
function sizesOf(config: Config) {
  const width = countOf(config, 'embed_dim', 96);
  const depths = numbersOf(config, 'depths', [2, 2, 6, 2], 1);
  const heads = numbersOf(config, 'num_heads', [3, 6, 12, 24], 1);
  if (depths.length !== heads.length || depths.length === 0) {
    throw new SemblanceError(
      'ENCODER_INVALID',
      `The configuration has ${depths.length} "depths" and ${heads.length} "num_heads".`,
    );
  }
  heads.forEach((count, stage) => {
    const wide = width * 2 ** stage;
    if (wide % count === 0) return;
    throw new SemblanceError(
      'ENCODER_INVALID',
      `The configuration has a width of ${wide} in stage ${stage}, which "num_heads": ${count} do not share evenly.`,
    );
  });
  return {
    width,
    depths,
    heads,
    patch: sizeOf(config, 'patch_size', 4),
    window: countOf(config, 'window_size', 7),
    ratio: numberOf(config, 'mlp_ratio', 4),
    qkvBias: flagOf(config, 'qkv_bias', true),
  };
}

const RULES: FieldRules = {
  used: [
    ...['embed_dim', 'depths', 'num_heads', 'patch_size', 'window_size', 'mlp_ratio', 'qkv_bias'],
    ...['layer_norm_eps', 'hidden_act', 'image_size'],
  ],
  only: {
    num_channels: [3],
    use_absolute_embeddings: [false],
    // Of the second version of Swin.
    pretrained_window_sizes: [],
    pretrained_window_size: [],
  },
  // Both follow from others.
  harmless: ['hidden_size', 'num_layers'],
};

const MODEL = 'vision_model.model';

/**
 * MedCLIP's picture tower: a Swin transformer, its mean token, a projection without bias and
 * division by the length. Tensors by the names of transformers 5; those of version 4 are renamed.
 * Source: Liu et al., Swin Transformer (2021); Wang et al., MedCLIP (2022); transformers' SwinModel.
 */
export const medclip: Architecture = {
  // Only the picture tower: the text tower's BERT keeps its own spelling.
  renames: [
    [/^(vision_model\..*\.attention)\.self\.query\./, '$1.q_proj.'],
    [/^(vision_model\..*\.attention)\.self\.key\./, '$1.k_proj.'],
    [/^(vision_model\..*\.attention)\.self\.value\./, '$1.v_proj.'],
    [/^(vision_model\..*\.attention)\.output\.dense\./, '$1.o_proj.'],
    [
      /^(vision_model\..*\.attention)\.self\.(relative_position_bias_table)$/,
      '$1.relative_position_bias.$2',
    ],
    [/^(vision_model\..*\.blocks\.\d+)\.intermediate\.dense\./, '$1.mlp.fc1.'],
    [/^(vision_model\..*\.blocks\.\d+)\.output\.dense\./, '$1.mlp.fc2.'],
  ],

  promise(_, { config }): TowerPlan {
    const unknown = checkFields(config, RULES);
    activationOf(config, 'hidden_act', 'gelu');
    const { width, depths, heads, patch, window, ratio, qkvBias } = sizesOf(config);
    const embeddings = `${MODEL}.embeddings`;
    const plan = new TensorPlan()
      .conv(`${embeddings}.patch_embeddings.projection`, width, 3, patch)
      .norm(`${embeddings}.norm`, width);
    depths.forEach((blocks, stage) => {
      const wide = width * 2 ** stage;
      const inner = Math.trunc(ratio * wide);
      const prefix = `${MODEL}.encoder.layers.${stage}`;
      for (let i = 0; i < blocks; i++) {
        const at = `${prefix}.blocks.${i}`;
        const table = `${at}.attention.relative_position_bias.relative_position_bias_table`;
        plan
          .norm(`${at}.layernorm_before`, wide)
          .norm(`${at}.layernorm_after`, wide)
          .tensor(table, (2 * window - 1) ** 2, heads[stage] as number);
        for (const part of ['q', 'k', 'v']) {
          plan.linear(`${at}.attention.${part}_proj`, wide, wide, qkvBias);
        }
        plan
          .linear(`${at}.attention.o_proj`, wide, wide)
          .linear(`${at}.mlp.fc1`, inner, wide)
          .linear(`${at}.mlp.fc2`, wide, inner);
      }
      if (stage === depths.length - 1) return;
      plan
        .linear(`${prefix}.downsample.reduction`, 2 * wide, 4 * wide, false)
        .norm(`${prefix}.downsample.norm`, 4 * wide);
    });
    const last = width * 2 ** (depths.length - 1);
    plan.norm(`${MODEL}.layernorm`, last).linear('vision_model.projection_head', ANY, last, false);
    return {
      plan,
      own: /^vision_model\./,
      harmless: /\.(relative_position_index|attn_mask|position_ids)$/,
      notes: unknownFields(unknown),
    };
  },

  vision(net, pixels, { image, config }) {
    const { g } = net;
    const model = MODEL;
    const { depths, heads, window, patch: side } = sizesOf(config);
    const epsilon = numberOf(config, 'layer_norm_eps', 1e-5);
    const activation = activationOf(config, 'hidden_act', 'gelu');

    const patch = `${model}.embeddings.patch_embeddings.projection`;
    const whole = { width: upTo(image.width, side.width), height: upTo(image.height, side.height) };
    const margin = [0, 0, 0, 0, 0, 0, whole.height - image.height, whole.width - image.width];
    const padded = margin.some((n) => n > 0) ? g.node('Pad', [pixels, g.ints(margin)]) : pixels;
    const patches = net.patches(padded, patch, whole);

    let { grid } = patches;
    let x = net.layerNorm(patches.tokens, `${model}.embeddings.norm`, TORCH_EPSILON);
    for (const [stage, blocks] of depths.entries()) {
      const prefix = `${model}.encoder.layers.${stage}`;
      for (let i = 0; i < blocks; i++) {
        x = swinBlock(net, x, `${prefix}.blocks.${i}`, {
          grid,
          heads: heads[stage] as number,
          window,
          rolled: i % 2 === 1,
          epsilon,
          activation,
        });
      }
      if (stage < depths.length - 1) {
        ({ tokens: x, grid } = mergePatches(net, x, `${prefix}.downsample`, grid));
      }
    }
    const normed = net.layerNorm(x, `${model}.layernorm`, epsilon);
    const pooled = g.node('ReduceMean', [normed, g.ints([1])], { keepdims: 0 });
    const projected = net.linear(pooled, 'vision_model.projection_head');
    const embedding = g.node('LpNormalization', [projected], { axis: -1, p: 2 });
    return { embedding, tokens: { grid, build: () => normed } };
  },
};
