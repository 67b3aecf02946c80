import { type Architecture, numberOf, sectionOf } from '../architecture.ts';
import type { Activation, Grid, Net } from '../net.ts';
import { attention, type BlockNames, type BlockSettings, block, mlp } from '../transformer.ts';

/** Names of a layer of transformers' CLIP and SigLIP. */
function layerNames(at: string): BlockNames {
  return {
    norm1: `${at}.layer_norm1`,
    norm2: `${at}.layer_norm2`,
    attention: {
      query: `${at}.self_attn.q_proj`,
      key: `${at}.self_attn.k_proj`,
      value: `${at}.self_attn.v_proj`,
      out: `${at}.self_attn.out_proj`,
    },
    mlp: { kind: 'plain', first: `${at}.mlp.fc1`, second: `${at}.mlp.fc2` },
  };
}

/** Names of a layer of open_clip, which packs query, key and value in one matrix. */
function openClipNames(at: string): BlockNames {
  return {
    norm1: `${at}.ln_1`,
    norm2: `${at}.ln_2`,
    attention: {
      packedWeight: `${at}.attn.in_proj_weight`,
      packedBias: `${at}.attn.in_proj_bias`,
      out: `${at}.attn.out_proj`,
    },
    mlp: { kind: 'plain', first: `${at}.mlp.c_fc`, second: `${at}.mlp.c_proj` },
  };
}

/** All layers under a prefix. */
function blocks(
  net: Net,
  x: string,
  prefix: string,
  names: (at: string) => BlockNames,
  settings: BlockSettings,
): string {
  const marker = names(`${prefix}.#`).norm1;
  const layers = net.countLayers(`${marker}.weight`);
  let out = x;
  for (let n = 0; n < layers; n++) out = block(net, out, names(`${prefix}.${n}`), settings);
  return out;
}

/** Adds a table of positions, [places, width], to all tokens. */
function addPositions(net: Net, tokens: string, name: string): string {
  const shape = net.shape(name, 2);
  return net.g.node('Add', [tokens, net.tensor(name, shape)]);
}

/** Word and position embeddings of a text: the first positions of the table, one for each token. */
function embedText(net: Net, ids: string, words: string, positions: string): string {
  const { g } = net;
  const embedded = g.node('Gather', [net.tensor(words, net.shape(words, 2)), ids]);
  const length = g.node('Shape', [ids], { start: 1, end: 2 });
  const table = net.tensor(positions, net.shape(positions, 2));
  const first = g.node('Slice', [table, g.ints([0]), length, g.ints([0])]);
  return g.node('Add', [embedded, first]);
}

/** The token of each text at its own place, [batch]: [batch, tokens, width] to [batch, width]. */
function tokenOfEach(net: Net, tokens: string, places: string): string {
  const { g } = net;
  const index = g.node('Unsqueeze', [places, g.ints([1])]);
  return g.node('GatherND', [tokens, index], { batch_dims: 1 });
}

/** The first class token's embedding: patches, class token, positions, as both spellings of CLIP have them. */
function embedPicture(
  net: Net,
  pixels: string,
  image: { width: number; height: number },
  names: { patches: string; classToken: string; positions: string },
): { embedded: string; grid: Grid } {
  const { tokens, grid, width } = net.patches(pixels, names.patches, image);
  const withClass = net.prependToken(tokens, net.values(names.classToken, [width]));
  return { embedded: addPositions(net, withClass, names.positions), grid };
}

const CLIP_EPSILON = 1e-5;

function towerSettings(config: Readonly<Record<string, unknown>>, heads: number): BlockSettings {
  return {
    heads: numberOf(config, 'num_attention_heads', heads),
    epsilon: numberOf(config, 'layer_norm_eps', CLIP_EPSILON),
    activation: (config.hidden_act as Activation | undefined) ?? 'quick_gelu',
  };
}

/**
 * transformers' CLIPModel. Embeddings are `get_image_features` and `get_text_features`; the text is
 * pooled at the first end token (by the largest id where the configuration has the old end id 2).
 */
export const clip: Architecture = {
  vision(net, pixels, { image, config }) {
    const settings = towerSettings(sectionOf(config, 'vision_config'), 16);
    const at = 'vision_model';
    const { embedded, grid } = embedPicture(net, pixels, image, {
      patches: `${at}.embeddings.patch_embedding`,
      classToken: `${at}.embeddings.class_embedding`,
      positions: `${at}.embeddings.position_embedding.weight`,
    });
    const before = net.layerNorm(embedded, `${at}.pre_layrnorm`, settings.epsilon);
    const tokens = blocks(net, before, `${at}.encoder.layers`, layerNames, settings);
    const norm = (x: string) => net.layerNorm(x, `${at}.post_layernorm`, settings.epsilon);
    return {
      embedding: net.linear(norm(net.tokenAt(tokens, 0)), 'visual_projection'),
      tokens: { grid, leading: 1, build: () => norm(tokens) },
    };
  },
  text(net, ids, { config }) {
    const { g } = net;
    const section = sectionOf(config, 'text_config');
    const settings = { ...towerSettings(section, 12), causal: true };
    const at = 'text_model';
    const embedded = embedText(
      net,
      ids,
      `${at}.embeddings.token_embedding.weight`,
      `${at}.embeddings.position_embedding.weight`,
    );
    const tokens = blocks(net, embedded, `${at}.encoder.layers`, layerNames, settings);
    const normed = net.layerNorm(tokens, `${at}.final_layer_norm`, settings.epsilon);
    const end = numberOf(section, 'eos_token_id', 2);
    const marks =
      end === 2 ? ids : g.node('Cast', [g.node('Equal', [ids, g.ints([end], [])])], { to: INT32 });
    const places = g.node('ArgMax', [marks], { axis: 1, keepdims: 0 });
    return net.linear(tokenOfEach(net, normed, places), 'text_projection');
  },
};

/** ONNX's number for 32-bit integers. */
const INT32 = 6;

/** Width of a head of open_clip's picture tower where its configuration does not say. */
const HEAD_WIDTH = 64;

/** open_clip's CLIP: packed attention, projections as matrices, text pooled at the largest id. */
export const openClip: Architecture = {
  vision(net, pixels, { image, config }) {
    const model = sectionOf(config, 'model_cfg');
    const section = sectionOf(model, 'vision_cfg');
    const width = net.shape('visual.conv1.weight', 4)[0] as number;
    const settings: BlockSettings = {
      heads: Math.max(1, Math.trunc(width / numberOf(section, 'head_width', HEAD_WIDTH))),
      epsilon: CLIP_EPSILON,
      activation: model.quick_gelu ? 'quick_gelu' : 'gelu',
    };
    const { embedded, grid } = embedPicture(net, pixels, image, {
      patches: 'visual.conv1',
      classToken: 'visual.class_embedding',
      positions: 'visual.positional_embedding',
    });
    const before = net.layerNorm(embedded, 'visual.ln_pre', settings.epsilon);
    const tokens = blocks(net, before, 'visual.transformer.resblocks', openClipNames, settings);
    const norm = (x: string) => net.layerNorm(x, 'visual.ln_post', settings.epsilon);
    return {
      embedding: net.project(norm(net.tokenAt(tokens, 0)), 'visual.proj'),
      tokens: { grid, leading: 1, build: () => norm(tokens) },
    };
  },
  text(net, ids, { config }) {
    const model = sectionOf(config, 'model_cfg');
    const settings: BlockSettings = {
      heads: numberOf(sectionOf(model, 'text_cfg'), 'heads'),
      epsilon: CLIP_EPSILON,
      activation: model.quick_gelu ? 'quick_gelu' : 'gelu',
      causal: true,
    };
    const embedded = embedText(net, ids, 'token_embedding.weight', 'positional_embedding');
    const tokens = blocks(net, embedded, 'transformer.resblocks', openClipNames, settings);
    const normed = net.layerNorm(tokens, 'ln_final', settings.epsilon);
    const places = net.g.node('ArgMax', [ids], { axis: 1, keepdims: 0 });
    return net.project(tokenOfEach(net, normed, places), 'text_projection');
  },
};

const SIGLIP_EPSILON = 1e-6;

function siglipSettings(config: Readonly<Record<string, unknown>>, heads: number): BlockSettings {
  return {
    heads: numberOf(config, 'num_attention_heads', heads),
    epsilon: numberOf(config, 'layer_norm_eps', SIGLIP_EPSILON),
    activation: (config.hidden_act as Activation | undefined) ?? 'gelu_pytorch_tanh',
  };
}

/** transformers' SiglipModel: attention pooling by a learned probe; the text's last token. */
export const siglip: Architecture = {
  vision(net, pixels, { image, config }) {
    const { g } = net;
    const settings = siglipSettings(sectionOf(config, 'vision_config'), 16);
    const at = 'vision_model';
    const { tokens, grid, width } = net.patches(pixels, `${at}.embeddings.patch_embedding`, image);
    const placed = addPositions(net, tokens, `${at}.embeddings.position_embedding.weight`);
    const encoded = blocks(net, placed, `${at}.encoder.layers`, layerNames, settings);
    const normed = net.layerNorm(encoded, `${at}.post_layernorm`, settings.epsilon);
    const head = `${at}.head`;
    const batch = g.node('Shape', [pixels], { start: 0, end: 1 });
    const probe = g.node('Expand', [
      net.tensor(`${head}.probe`, [1, 1, width]),
      g.node('Concat', [batch, g.ints([1, width])], { axis: 0 }),
    ]);
    const names = {
      packedWeight: `${head}.attention.in_proj_weight`,
      packedBias: `${head}.attention.in_proj_bias`,
      out: `${head}.attention.out_proj`,
    };
    const pooled = net.tokenAt(attention(net, names, probe, settings, normed), 0);
    const inner = net.layerNorm(pooled, `${head}.layernorm`, settings.epsilon);
    const perceptron = {
      kind: 'plain',
      first: `${head}.mlp.fc1`,
      second: `${head}.mlp.fc2`,
    } as const;
    return {
      embedding: g.node('Add', [pooled, mlp(net, inner, perceptron, settings.activation)]),
      tokens: { grid, build: () => normed },
    };
  },
  text(net, ids, { config }) {
    const settings = siglipSettings(sectionOf(config, 'text_config'), 16);
    const at = 'text_model';
    const embedded = embedText(
      net,
      ids,
      `${at}.embeddings.token_embedding.weight`,
      `${at}.embeddings.position_embedding.weight`,
    );
    const tokens = blocks(net, embedded, `${at}.encoder.layers`, layerNames, settings);
    const last = net.layerNorm(net.tokenAt(tokens, -1), `${at}.final_layer_norm`, settings.epsilon);
    return net.linear(last, `${at}.head`);
  },
};
