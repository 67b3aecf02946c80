import {
  type Architecture,
  type BuildOptions,
  type Peek,
  resizedPositions,
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
  sizeOf,
} from '../configuration.ts';
import { interpolatePositions } from '../interpolate.ts';
import type { Grid, Net } from '../net.ts';
import { TensorPlan } from '../tensor-plan.ts';
import { type BlockNames, type BlockSettings, block } from '../transformer.ts';

/** Names of the blocks of transformers' ViT, ViT-MAE and DINOv2 share these spellings. */
const RENAMES = [
  [/^(vit|dinov2)\./, ''],
  [/^encoder\.layer\./, 'layers.'],
  [/^encoder\.layers\./, 'layers.'],
  [
    /\.attention\.attention\.(query|key|value)\./,
    (_: string, part: string) => `.attention.${part[0]}_proj.`,
  ],
  [/\.attention\.output\.dense\./, '.attention.o_proj.'],
  [/\.intermediate\.dense\./, '.mlp.fc1.'],
  [/\.output\.dense\./, '.mlp.fc2.'],
  [/\.mlp\.weights_in\./, '.mlp.gate_up_proj.'],
  [/\.mlp\.weights_out\./, '.mlp.down_proj.'],
] as const;

/**
 * Adds a class token and positions.
 * @param names `places`: grid of the table, which is interpolated when the picture's is another one
 */
export function embedPatches(
  net: Net,
  pixels: string,
  image: Grid,
  names: { patches: string; positions: string; classToken: string; places: Grid },
): { tokens: string; grid: Grid; classToken: Float32Array; width: number } {
  const { g } = net;
  const { tokens, grid, width } = net.patches(pixels, names.patches, image);
  const { places } = names;
  const table = net.values(names.positions, [1, places.width * places.height + 1, width]);
  const positions = interpolatePositions(table.subarray(width), places, grid, width);
  const classToken = net.values(names.classToken, [1, 1, width]);
  return {
    tokens: g.node('Add', [tokens, g.floats(positions, [1, grid.width * grid.height, width])]),
    grid,
    // The class token's own position belongs to it alone.
    classToken: classToken.map((value, i) => value + (table[i] as number)),
    width,
  };
}

/** What a configuration of a ViT, ViT-MAE or DINOv2 says. */
interface Sizes {
  width: number;
  layers: number;
  heads: number;
  /** Width between the two layers of a perceptron. */
  inner: number;
  /** Patches of the pictures that the positions are made for. */
  places: Grid;
  patch: Grid;
  /** Whether query, key and value have biases. */
  qkvBias: boolean;
  gated: boolean;
}

/** The places of patches on a picture. */
export function placesOf(image: Grid, patch: Grid): Grid {
  return {
    width: Math.floor(image.width / patch.width),
    height: Math.floor(image.height / patch.height),
  };
}

/** Values that transformers' configurations have where the file is silent. */
const VIT_DEFAULTS = { patch: 16, epsilon: 1e-12 };
const DINO_DEFAULTS = { patch: 14, epsilon: 1e-6 };

/** transformers, models/dinov2: two thirds of the width, so that the three matrices are as large as two. */
function gatedWidth(inner: number): number {
  return Math.floor((Math.trunc((inner * 2) / 3) + 7) / 8) * 8;
}

function sizesOf(config: Config, dino: boolean): Sizes {
  const defaults = dino ? DINO_DEFAULTS : VIT_DEFAULTS;
  const width = countOf(config, 'hidden_size', 768);
  const patch = sizeOf(config, 'patch_size', defaults.patch);
  const gated = dino && flagOf(config, 'use_swiglu_ffn', false);
  const wide = Math.trunc(width * numberOf(config, 'mlp_ratio', 4));
  const plain = dino ? wide : countOf(config, 'intermediate_size', 3072);
  return {
    width,
    layers: layersOf(config, 'num_hidden_layers', 12),
    heads: headsOf(config, 'num_attention_heads', 12, width),
    inner: gated ? gatedWidth(wide) : plain,
    places: placesOf(sizeOf(config, 'image_size', 224), patch),
    patch,
    qkvBias: flagOf(config, 'qkv_bias', true),
    gated,
  };
}

/** Fields of the three configurations in transformers. */
function rulesOf(dino: boolean, asPublished: boolean): FieldRules {
  const sizes = ['hidden_size', 'num_hidden_layers', 'num_attention_heads', 'image_size'];
  const used = [...sizes, 'patch_size', 'qkv_bias', 'layer_norm_eps', 'hidden_act'];
  return {
    used: [...used, ...(dino ? ['mlp_ratio', 'use_swiglu_ffn'] : ['intermediate_size'])],
    only: {
      num_channels: [3],
      ...(dino ? {} : { use_swiglu_ffn: [false], layerscale_value: [] }),
      ...(asPublished ? { mask_ratio: [MASK_RATIO] } : {}),
    },
    harmless: [
      'pooler_output_size',
      'pooler_act',
      ...['decoder_num_attention_heads', 'decoder_hidden_size', 'decoder_num_hidden_layers'],
      ...['decoder_intermediate_size', 'mask_ratio', 'norm_pix_loss'],
      // The first value of a trained tensor, and settings of use as a backbone.
      ...(dino ? ['layerscale_value', 'apply_layernorm', 'reshape_hidden_states'] : []),
      'use_mask_token',
    ],
  };
}

function promiseVit(options: BuildOptions, dino: boolean, peek: Peek): TowerPlan {
  const { config, image, asPublished } = options;
  const unknown = checkFields(config, rulesOf(dino, asPublished));
  const { width, layers, inner, places, patch, qkvBias, gated } = sizesOf(config, dino);
  activationOf(config, 'hidden_act', 'gelu');
  const plan = new TensorPlan()
    .conv(NAMES.patches, width, 3, patch)
    .tensor(NAMES.classToken, 1, 1, width)
    .tensor(NAMES.positions, 1, places.width * places.height + 1, width);
  // Older checkpoints have the two matrices of a gate in one.
  const apart = peek('.mlp.gate_proj.weight') !== undefined;
  for (let n = 0; n < layers; n++) {
    const names = layerNames(n, dino, gated ? (apart ? 'swiglu' : 'packed-swiglu') : 'plain');
    plan.norm(names.norm1, width).norm(names.norm2, width);
    const { query, key, value, out } = names.attention;
    for (const name of [query, key, value]) plan.linear(name, width, width, qkvBias);
    plan.linear(out, width, width);
    const { mlp } = names;
    if (mlp.kind === 'plain') plan.linear(mlp.first, inner, width).linear(mlp.second, width, inner);
    else if (mlp.kind === 'swiglu')
      plan.linear(mlp.gate, inner, width).linear(mlp.up, inner, width);
    else plan.linear(mlp.gateUp, 2 * inner, width);
    if (mlp.kind !== 'plain') plan.linear(mlp.down, width, inner);
    if (names.scale1 !== undefined) plan.tensor(names.scale1, width);
    if (names.scale2 !== undefined) plan.tensor(names.scale2, width);
  }
  plan.norm('layernorm', width);
  return {
    plan,
    own: /^(embeddings|layers|layernorm)\./,
    harmless: /^embeddings\.(mask_token|position_ids)$/,
    notes: [
      ...unknownFields(unknown),
      // DINOv2 is made for that; the others would refuse such a picture.
      ...(dino ? [] : resizedPositions(placesOf(image, patch), places)),
    ],
  };
}

type VitNames = BlockNames & {
  attention: { query: string; key: string; value: string; out: string };
};

/** Names of layer `n`. */
function layerNames(n: number, dino: boolean, kind: BlockNames['mlp']['kind']): VitNames {
  const at = `layers.${n}`;
  const mlp = {
    plain: { kind: 'plain', first: `${at}.mlp.fc1`, second: `${at}.mlp.fc2` },
    'packed-swiglu': {
      kind: 'packed-swiglu',
      gateUp: `${at}.mlp.gate_up_proj`,
      down: `${at}.mlp.down_proj`,
    },
    swiglu: {
      kind: 'swiglu',
      gate: `${at}.mlp.gate_proj`,
      up: `${at}.mlp.up_proj`,
      down: `${at}.mlp.down_proj`,
    },
  } as const;
  return {
    norm1: dino ? `${at}.norm1` : `${at}.layernorm_before`,
    norm2: dino ? `${at}.norm2` : `${at}.layernorm_after`,
    attention: {
      query: `${at}.attention.q_proj`,
      key: `${at}.attention.k_proj`,
      value: `${at}.attention.v_proj`,
      out: `${at}.attention.o_proj`,
    },
    mlp: mlp[kind],
    ...(dino ? { scale1: `${at}.layer_scale1.lambda1`, scale2: `${at}.layer_scale2.lambda1` } : {}),
  };
}

const NAMES = {
  patches: 'embeddings.patch_embeddings.projection',
  positions: 'embeddings.position_embeddings',
  classToken: 'embeddings.cls_token',
};

/** All blocks and the final norm; the class token is the embedding, the others are those of the patches. */
function classTokenAfterBlocks(
  net: Net,
  tokens: string,
  { config }: BuildOptions,
  dino: boolean,
  grid: Grid | undefined,
): Vision {
  const { layers, heads, gated } = sizesOf(config, dino);
  const defaults = dino ? DINO_DEFAULTS : VIT_DEFAULTS;
  const settings: BlockSettings = {
    heads,
    epsilon: numberOf(config, 'layer_norm_eps', defaults.epsilon),
    activation: activationOf(config, 'hidden_act', 'gelu'),
  };
  const apart = net.has('layers.0.mlp.gate_proj.weight');
  const kind = gated ? (apart ? 'swiglu' : 'packed-swiglu') : 'plain';
  let x = tokens;
  for (let n = 0; n < layers; n++) x = block(net, x, layerNames(n, dino, kind), settings);
  const norm = (value: string) => net.layerNorm(value, 'layernorm', settings.epsilon);
  const embedding = norm(net.tokenAt(x, 0));
  return grid ? { embedding, tokens: { grid, leading: 1, build: () => norm(x) } } : { embedding };
}

/** Whether a configuration is DINOv2's: it shares the tensors' spelling with ViT. */
const isDino = ({ config }: BuildOptions) => config.model_type === 'dinov2';

function vitOf(dino: (options: BuildOptions) => boolean): Architecture {
  return {
    renames: RENAMES,
    promise: (_, options, peek) => promiseVit(options, dino(options), peek),
    vision(net, pixels, options) {
      const { places } = sizesOf(options.config, dino(options));
      const names = { ...NAMES, places };
      const { tokens, grid, classToken } = embedPatches(net, pixels, options.image, names);
      const all = net.prependToken(tokens, classToken);
      return classTokenAfterBlocks(net, all, options, dino(options), grid);
    },
  };
}

/**
 * transformers' ViTModel and Dinov2Model (LayerScale, SwiGLU, positions interpolated to the picture's
 * grid), by the configuration's `model_type`. The embedding is the class token after the final norm.
 */
export const vit: Architecture = vitOf(isDino);

/** The same where the configuration need not say that it is DINOv2's. */
export const dinov2: Architecture = vitOf(() => true);

/** Share of the patches that ViT-MAE hides. */
const MASK_RATIO = 0.75;

/**
 * The encoder of transformers' ViTMAEForPreTraining. All patches are seen; the published code hides
 * 75 % of them at random, which `asPublished` reproduces: the graph then takes `noise`
 * [batch, patches] and keeps the patches of the smallest noise, in that order.
 */
export const vitMae: Architecture = {
  renames: RENAMES,
  promise: (_, options, peek) => promiseVit(options, false, peek),
  vision(net, pixels, options) {
    const { g } = net;
    const names = { ...NAMES, places: sizesOf(options.config, false).places };
    const { tokens, grid, classToken, width } = embedPatches(net, pixels, options.image, names);
    let seen = tokens;
    if (options.asPublished) {
      const patches = grid.width * grid.height;
      const kept = Math.trunc(patches * (1 - MASK_RATIO));
      const noise = g.input('noise', 'float', ['batch', patches]);
      const indices = g.fresh('kept');
      g.multi('TopK', [noise, g.ints([kept])], [g.fresh('noise'), indices], {
        axis: 1,
        largest: 0,
      });
      const batch = g.node('Shape', [noise], { start: 0, end: 1 });
      const shape = g.node('Concat', [batch, g.ints([kept, width])], { axis: 0 });
      const wide = g.node('Expand', [g.node('Unsqueeze', [indices, g.ints([2])]), shape]);
      seen = g.node('GatherElements', [tokens, wide], { axis: 1 });
    }
    // The patches that the published code keeps have lost their places.
    const whole = options.asPublished ? undefined : grid;
    const all = net.prependToken(seen, classToken);
    return classTokenAfterBlocks(net, all, options, false, whole);
  },
};
