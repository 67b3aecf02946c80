import {
  type Architecture,
  type Peek,
  type TowerPlan,
  unknownFields,
  type Vision,
} from '../architecture.ts';
import {
  activationOf,
  type Config,
  checkFields,
  countOf,
  type FieldRules,
  flagOf,
  headsOf,
  layersOf,
  numberOf,
  numbersOf,
  sectionOf,
  sizeOf,
  unsupported,
} from '../configuration.ts';
import type { Activation, Grid, Net } from '../net.ts';
import { ANY, TensorPlan } from '../tensor-plan.ts';
import { mlp, queryKeyValue } from '../transformer.ts';
import { cutWindows, inWindows } from './swin.ts';
import { placesOf } from './vit.ts';

/** The norms of the neck, and all of them in the published models. */
const EPSILON = 1e-6;

interface Settings {
  layers: number;
  heads: number;
  /** Side of a window in tokens; 0 attends globally everywhere. */
  window: number;
  /** Blocks that attend globally. */
  global: readonly number[];
  /** Of the norms of the blocks. */
  epsilon: number;
  activation: Activation;
  /** Each place has an embedding of its own, beside those of distances. */
  absolute: boolean;
}

/**
 * Resizes a table of relative positions as torch's `interpolate(mode='linear', align_corners=False)`.
 * @param table from x width values
 * @returns to x width values
 */
function resizeTable(table: Float32Array, from: number, to: number, width: number): Float32Array {
  if (from === to) return table;
  const result = new Float32Array(to * width);
  for (let i = 0; i < to; i++) {
    const centre = Math.max(0, ((i + 0.5) * from) / to - 0.5);
    const low = Math.min(from - 1, Math.floor(centre));
    const high = Math.min(from - 1, low + 1);
    for (let c = 0; c < width; c++) {
      const start = table[low * width + c] as number;
      const end = table[high * width + c] as number;
      result[i * width + c] = start + (end - start) * (centre - low);
    }
  }
  return result;
}

/**
 * Embeddings of the distance between each two places of an axis, as matrices to multiply queries by.
 * @param factor multiplies all values
 * @returns name of a [size (query), head width, size (key)] constant
 */
function relativePositions(net: Net, name: string, size: number, factor: number): string {
  const [rows, width] = net.shape(name, 2) as [number, number];
  const table = resizeTable(net.values(name, [rows, width]), rows, 2 * size - 1, width);
  const result = new Float32Array(size * width * size);
  for (let q = 0; q < size; q++) {
    for (let k = 0; k < size; k++) {
      const row = (q - k + size - 1) * width;
      for (let c = 0; c < width; c++) {
        result[(q * width + c) * size + k] = (table[row + c] as number) * factor;
      }
    }
  }
  return net.g.floats(result, [size, width, size]);
}

/** For each token of a map two ones: at its row, and after the rows at its column. */
function rowsAndColumns(net: Net, grid: Grid): string {
  const width = grid.height + grid.width;
  const count = grid.width * grid.height;
  const result = new Float32Array(count * width);
  for (let token = 0; token < count; token++) {
    result[token * width + Math.floor(token / grid.width)] = 1;
    result[token * width + grid.height + (token % grid.width)] = 1;
  }
  return net.g.floats(result, [1, count, 1, width]);
}

/**
 * Attention with decomposed relative positions: query q at (y, x) scores key k at (v, u) with
 * q k / sqrt(d) + q H[y - v] + q W[x - u]. The two terms become more components of the vectors,
 * q H and q W on the one side and ones at v and u on the other. So there is no table of
 * tokens x tokens (0.8 GB for a picture in ViT-B), and the fused operator can work by blocks.
 * @param x [batch, grid.height * grid.width, width]
 */
function relativeAttention(net: Net, x: string, prefix: string, grid: Grid, heads: number): string {
  const { g } = net;
  const { width, height } = grid;
  const tokens = width * height;
  const packed = { packedWeight: `${prefix}.qkv.weight`, packedBias: `${prefix}.qkv.bias` };
  const [query, key, value] = queryKeyValue(net, { ...packed, out: '' }, x);
  const [rows] = net.shape(packed.packedWeight, 2) as [number, number];
  const headWidth = rows / 3 / heads;
  // The operator scales all components; these terms are not to be scaled.
  const unscaled = Math.sqrt(headWidth);
  const down = relativePositions(net, `${prefix}.rel_pos_h`, height, unscaled);
  const right = relativePositions(net, `${prefix}.rel_pos_w`, width, unscaled);

  const reshape = (v: string, ...shape: number[]) => g.node('Reshape', [v, g.ints(shape)]);
  const byRow = reshape(query, -1, height, width * heads, headWidth);
  const byColumn = reshape(query, -1, width, heads, headWidth);
  const longQuery = g.node(
    'Concat',
    [
      reshape(query, -1, tokens, heads, headWidth),
      reshape(g.node('MatMul', [byRow, down]), -1, tokens, heads, height),
      reshape(g.node('MatMul', [byColumn, right]), -1, tokens, heads, width),
    ],
    { axis: -1 },
  );
  const keys = reshape(key, -1, tokens, heads, headWidth);
  const shape = g.node(
    'Concat',
    [g.node('Shape', [keys], { start: 0, end: 3 }), g.ints([height + width])],
    { axis: 0 },
  );
  const places = g.node('Expand', [rowsAndColumns(net, grid), shape]);
  const longKey = g.node('Concat', [keys, places], { axis: -1 });

  const long = heads * (headWidth + height + width);
  const attended = g.node(
    'MultiHeadAttention',
    [reshape(longQuery, -1, tokens, long), reshape(longKey, -1, tokens, long), value],
    { num_heads: heads, scale: { float: 1 / unscaled } },
    { domain: 'com.microsoft' },
  );
  return net.linear(attended, `${prefix}.proj`);
}

/** The picture encoder, by the tensor names of transformers. */
function encoder(net: Net, pixels: string, image: Grid, settings: Settings): Vision {
  const { g } = net;
  const { heads, window, layers, epsilon } = settings;
  const model = 'vision_encoder';
  const patch = `${model}.patch_embed.projection`;
  const { tokens, grid, width } = net.patches(pixels, patch, image);
  const count = grid.width * grid.height;
  let x = tokens;
  if (settings.absolute) {
    const table = net.values(`${model}.pos_embed`, [1, grid.height, grid.width, width]);
    x = g.node('Add', [x, g.floats(table, [1, count, width])]);
  }

  for (let i = 0; i < layers; i++) {
    const prefix = `${model}.layers.${i}`;
    const attend = (map: string, size: Grid) =>
      relativeAttention(net, map, `${prefix}.attn`, size, heads);
    const normed = net.layerNorm(x, `${prefix}.layer_norm1`, epsilon);
    // Padding of windows takes part in attention, as in the official code.
    const attended =
      window === 0 || settings.global.includes(i)
        ? attend(normed, grid)
        : inWindows(net, normed, width, cutWindows(grid, window), (windows) =>
            attend(windows, { width: window, height: window }),
          );
    const middle = g.node('Add', [x, attended]);
    const after = mlp(
      net,
      net.layerNorm(middle, `${prefix}.layer_norm2`, epsilon),
      { kind: 'plain', first: `${prefix}.mlp.lin1`, second: `${prefix}.mlp.lin2` },
      settings.activation,
    );
    x = g.node('Add', [middle, after]);
  }
  return neck(net, x, `${model}.neck`, grid);
}

/** Two convolutions, each with a norm over channels, and the mean over the map. */
function neck(net: Net, tokens: string, prefix: string, grid: Grid): Vision {
  const { g } = net;
  const [out, inside] = net.shape(`${prefix}.conv1.weight`, 4) as [number, number, number, number];
  // A 1 x 1 convolution and a norm over channels are plain layers for tokens.
  const weight = net.values(`${prefix}.conv1.weight`, [out, inside, 1, 1]);
  const narrow = net.linearOf(tokens, weight, out, inside, undefined);
  const normed = net.layerNorm(narrow, `${prefix}.layer_norm1`, EPSILON);
  const flat = g.node('Transpose', [normed], { perm: [0, 2, 1] });
  const map = g.node('Reshape', [flat, g.ints([0, 0, grid.height, grid.width])]);
  const mixed = net.conv(map, `${prefix}.conv2`, { pads: [1, 1, 1, 1] });
  const last = g.node('Transpose', [mixed], { perm: [0, 2, 3, 1] });
  const features = net.layerNorm(last, `${prefix}.layer_norm2`, EPSILON);
  const embedding = g.node('ReduceMean', [features, g.ints([1, 2])], { keepdims: 0 });
  const build = () => g.node('Reshape', [features, g.ints([0, grid.width * grid.height, -1])]);
  return { embedding, tokens: { grid, build } };
}

/** The settings of ViT-B, the smallest published model. */
const VIT_B = { heads: 12, window: 14, global: [2, 5, 8, 11] };

/** Sizes of the tensors; ANY where nothing tells. */
interface Sizes {
  width: number;
  inner: number;
  out: number;
  patch: Grid;
  /** Map of the pictures that the positions are made for. */
  places: Grid;
  qkvBias: boolean;
}

function planEncoder(sizes: Sizes, settings: Settings): TensorPlan {
  const { width, inner, out, patch, places } = sizes;
  const { layers, heads, window, global } = settings;
  const model = 'vision_encoder';
  const plan = new TensorPlan().conv(`${model}.patch_embed.projection`, width, 3, patch);
  if (settings.absolute) {
    plan.tensor(`${model}.pos_embed`, 1, places.height, places.width, width);
  }
  const headWidth = width === ANY ? ANY : width / heads;
  const packed = width === ANY ? ANY : 3 * width;
  for (let n = 0; n < layers; n++) {
    const at = `${model}.layers.${n}`;
    const whole = window === 0 || global.includes(n);
    const seen = whole ? places : { width: window, height: window };
    plan
      .norm(`${at}.layer_norm1`, width)
      .norm(`${at}.layer_norm2`, width)
      .linear(`${at}.attn.qkv`, packed, width, sizes.qkvBias)
      .linear(`${at}.attn.proj`, width, width)
      .tensor(`${at}.attn.rel_pos_h`, 2 * seen.height - 1, headWidth)
      .tensor(`${at}.attn.rel_pos_w`, 2 * seen.width - 1, headWidth)
      .linear(`${at}.mlp.lin1`, inner, width)
      .linear(`${at}.mlp.lin2`, width, inner);
  }
  const neck = `${model}.neck`;
  return plan
    .conv(`${neck}.conv1`, out, width, { width: 1, height: 1 }, false)
    .norm(`${neck}.layer_norm1`, out)
    .conv(`${neck}.conv2`, out, out, { width: 3, height: 3 }, false)
    .norm(`${neck}.layer_norm2`, out);
}

/** The pictures must be those that the positions are made for. */
function checkImage(field: string, image: Grid, made: Grid): void {
  if (image.width === made.width && image.height === made.height) return;
  throw unsupported(
    field,
    made.width,
    `pictures of ${image.width} x ${image.height} have other positions than the checkpoint`,
  );
}

const OWN = /^vision_encoder\./;

/** transformers' SamVisionConfig: what a section says. */
function samOf(section: Config): { settings: Settings; width: number } {
  const width = countOf(section, 'hidden_size', 768);
  const settings: Settings = {
    layers: layersOf(section, 'num_hidden_layers', 12),
    heads: headsOf(section, 'num_attention_heads', VIT_B.heads, width),
    window: windowOf(section, 'window_size'),
    global: numbersOf(section, 'global_attn_indexes', VIT_B.global),
    epsilon: numberOf(section, 'layer_norm_eps', EPSILON),
    activation: activationOf(section, 'hidden_act', 'gelu'),
    absolute: flagOf(section, 'use_abs_pos', true),
  };
  return { settings, width };
}

/** Side of a window; 0 is none. */
function windowOf(config: Config, key: string): number {
  return config[key] === 0 ? 0 : countOf(config, key, VIT_B.window);
}

const SAM_RULES: FieldRules = {
  used: [
    ...['hidden_size', 'num_hidden_layers', 'num_attention_heads', 'window_size', 'mlp_dim'],
    ...['global_attn_indexes', 'layer_norm_eps', 'hidden_act', 'use_abs_pos', 'mlp_ratio'],
    ...['output_channels', 'patch_size', 'image_size', 'qkv_bias'],
  ],
  only: { num_channels: [3], use_rel_pos: [true] },
  // The encoder of prompts.
  harmless: ['num_pos_feats', 'scale'],
};

/**
 * Picture encoder of the Segment Anything Model, from transformers' checkpoints. The embedding is
 * the mean of the feature map. The prompt encoder and the mask decoder are not used.
 * Source: Kirillov et al., Segment Anything (2023); transformers' SamModel.
 */
export const sam: Architecture = {
  promise(_, { config, image }): TowerPlan {
    const section = sectionOf(config, 'vision_config');
    const unknown = [
      ...checkFields(config, {
        used: ['vision_config'],
        harmless: ['prompt_encoder_config', 'mask_decoder_config'],
      }),
      ...checkFields(section, SAM_RULES, 'vision_config.'),
    ];
    const { settings, width } = samOf(section);
    const made = sizeOf(section, 'image_size', 1024);
    checkImage('vision_config.image_size', image, made);
    const patch = sizeOf(section, 'patch_size', 16);
    const wide = Math.trunc(width * numberOf(section, 'mlp_ratio', 4));
    const sizes: Sizes = {
      width,
      inner: countOf(section, 'mlp_dim', wide),
      out: countOf(section, 'output_channels', 256),
      patch,
      places: placesOf(made, patch),
      qkvBias: flagOf(section, 'qkv_bias', true),
    };
    return { plan: planEncoder(sizes, settings), own: OWN, notes: unknownFields(unknown) };
  },
  vision(net, pixels, { image, config }) {
    return encoder(net, pixels, image, samOf(sectionOf(config, 'vision_config')).settings);
  },
};

/** What a description says of a checkpoint without a configuration. */
function describedOf(config: Config): Settings {
  const global = numbersOf(config, 'global', VIT_B.global);
  return {
    // The last block attends globally in every model of the library.
    layers: layersOf(config, 'depth', Math.max(0, ...global) + 1),
    heads: countOf(config, 'heads', VIT_B.heads),
    window: windowOf(config, 'window'),
    global,
    epsilon: EPSILON,
    activation: 'gelu',
    absolute: true,
  };
}

const DESCRIBED: FieldRules = {
  used: ['depth', 'heads', 'window', 'global', 'width', 'inner', 'output', 'image', 'patch'],
};

/**
 * The same encoder from checkpoints of the original segment_anything library, such as MedSAM's.
 * They have no configuration file: the description has `depth`, `heads`, `window`, `global`, `width`,
 * `inner` (of a perceptron), `output` (channels), `image` and `patch` (sides). Those that it lacks are one
 * more than the last of `global`, those of ViT-B, and for sizes what the first tensors have.
 * Source: Kirillov et al. (2023), segment_anything/modeling/image_encoder.py; Ma et al., MedSAM (2024).
 */
export const segmentAnything: Architecture = {
  renames: [
    [/^(?:module\.)?image_encoder\./, 'vision_encoder.'],
    [/^(vision_encoder)\.blocks\.(\d+)\.norm([12])\./, '$1.layers.$2.layer_norm$3.'],
    [/^(vision_encoder)\.blocks\./, '$1.layers.'],
    [/^(vision_encoder\.patch_embed)\.proj\./, '$1.projection.'],
    [/^(vision_encoder\.neck)\.0\./, '$1.conv1.'],
    [/^(vision_encoder\.neck)\.1\./, '$1.layer_norm1.'],
    [/^(vision_encoder\.neck)\.2\./, '$1.conv2.'],
    [/^(vision_encoder\.neck)\.3\./, '$1.layer_norm2.'],
  ],
  originals: [
    [/^vision_encoder\./, 'image_encoder.'],
    [/\.patch_embed\.projection\./, '.patch_embed.proj.'],
    [/\.neck\.conv([12])\./, (_, n) => `.neck.${2 * (Number(n) - 1)}.`],
    [/\.neck\.layer_norm([12])\./, (_, n) => `.neck.${2 * Number(n) - 1}.`],
  ],

  promise(_, { config, image }, peek): TowerPlan {
    const unknown = checkFields(config, DESCRIBED);
    const settings = describedOf(config);
    const made = sizeOf(config, 'image', image.width);
    checkImage('image', image, made);
    return {
      plan: planEncoder(describedSizes(config, made, peek), settings),
      own: OWN,
      notes: unknownFields(unknown),
    };
  },

  vision(net, pixels, { image, config }) {
    return encoder(net, pixels, image, describedOf(config));
  },
};

function describedSizes(config: Config, image: Grid, peek: Peek): Sizes {
  const told = (key: string, found: number | undefined) =>
    config[key] === undefined ? (found ?? ANY) : countOf(config, key);
  const patch = sizeOf(config, 'patch', peek('patch_embed.proj.weight')?.[2] ?? 16);
  return {
    width: told('width', peek('patch_embed.proj.weight')?.[0]),
    inner: told('inner', peek('blocks.0.mlp.lin1.weight')?.[0]),
    out: told('output', peek('neck.0.weight')?.[0]),
    patch,
    places: placesOf(image, patch),
    qkvBias: true,
  };
}
