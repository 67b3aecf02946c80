import { type Architecture, numberOf, sectionOf, type Vision } from '../architecture.ts';
import type { Grid, Net } from '../net.ts';
import { mlp, queryKeyValue } from '../transformer.ts';
import { cutWindows, inWindows, numbersOf } from './swin.ts';

/** All norms of the published models. */
const EPSILON = 1e-6;

interface Settings {
  heads: number;
  /** Side of a window in tokens; 0 attends globally everywhere. */
  window: number;
  /** Blocks that attend globally. */
  global: readonly number[];
}

/**
 * Resizes a table of relative positions as torch's `interpolate(mode='linear', align_corners=False)`.
 * @param table from x width values
 * @returns to x width values
 */
export function resizeTable(
  table: Float32Array,
  from: number,
  to: number,
  width: number,
): Float32Array {
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
  const { heads, window } = settings;
  const model = 'vision_encoder';
  const patch = `${model}.patch_embed.projection`;
  // Without the size of a patch there is no map to go on with.
  if (!net.has(`${patch}.weight`)) {
    net.shape(`${patch}.weight`, 4);
    net.finish();
  }
  const { tokens, grid, width } = net.patches(pixels, patch, image);
  const count = grid.width * grid.height;
  let x = tokens;
  if (net.has(`${model}.pos_embed`)) {
    const table = net.values(`${model}.pos_embed`, [1, grid.height, grid.width, width]);
    x = g.node('Add', [x, g.floats(table, [1, count, width])]);
  }

  const layers = net.countLayers(`${model}.layers.#.layer_norm1.weight`);
  for (let i = 0; i < layers; i++) {
    const prefix = `${model}.layers.${i}`;
    const attend = (map: string, size: Grid) =>
      relativeAttention(net, map, `${prefix}.attn`, size, heads);
    const normed = net.layerNorm(x, `${prefix}.layer_norm1`, EPSILON);
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
      net.layerNorm(middle, `${prefix}.layer_norm2`, EPSILON),
      { kind: 'plain', first: `${prefix}.mlp.lin1`, second: `${prefix}.mlp.lin2` },
      'gelu',
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
const VIT_B: Settings = { heads: 12, window: 14, global: [2, 5, 8, 11] };

/**
 * Picture encoder of the Segment Anything Model, from transformers' checkpoints. The embedding is
 * the mean of the feature map. The prompt encoder and the mask decoder are not used.
 * Source: Kirillov et al., Segment Anything (2023); transformers' SamModel.
 */
export const sam: Architecture = {
  vision(net, pixels, { image, config }) {
    const section = sectionOf(config, 'vision_config');
    return encoder(net, pixels, image, {
      heads: numberOf(section, 'num_attention_heads', VIT_B.heads),
      window: numberOf(section, 'window_size', VIT_B.window),
      global: numbersOf(section, 'global_attn_indexes', VIT_B.global),
    });
  },
};

/**
 * The same encoder from checkpoints of the original segment_anything library, such as MedSAM's.
 * They have no configuration file: `heads`, `window` and `global` are those of the description.
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

  vision(net, pixels, { image, config }) {
    return encoder(net, pixels, image, {
      heads: numberOf(config, 'heads', VIT_B.heads),
      window: numberOf(config, 'window', VIT_B.window),
      global: numbersOf(config, 'global', VIT_B.global),
    });
  },
};
