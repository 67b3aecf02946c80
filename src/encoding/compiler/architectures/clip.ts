import { type Architecture, type TowerPlan, unknownFields } from '../architecture.ts';
import {
  activationOf,
  type Config,
  checkFields,
  countOf,
  type FieldRules,
  headsOf,
  layersOf,
  numberOf,
  sectionOf,
  sizeOf,
  unsupported,
} from '../configuration.ts';
import type { Activation, Grid, Net } from '../net.ts';
import { TensorPlan } from '../tensor-plan.ts';
import { attention, type BlockNames, type BlockSettings, block, mlp } from '../transformer.ts';
import { placesOf } from './vit.ts';

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
  { layers, ...settings }: BlockSettings & { layers: number },
): string {
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

/** What a section of transformers' CLIP and SigLIP has where the file is silent. */
interface Defaults {
  width: number;
  inner: number;
  layers: number;
  heads: number;
  epsilon: number;
  activation: Activation;
}

const CLIP_VISION: Defaults = {
  width: 768,
  inner: 3072,
  layers: 12,
  heads: 12,
  epsilon: CLIP_EPSILON,
  activation: 'quick_gelu',
};
const CLIP_TEXT: Defaults = { ...CLIP_VISION, width: 512, inner: 2048, heads: 8 };

/** Sizes and settings of a tower by its section of the configuration. */
function towerOf(section: Config, defaults: Defaults) {
  const width = countOf(section, 'hidden_size', defaults.width);
  return {
    width,
    inner: countOf(section, 'intermediate_size', defaults.inner),
    settings: {
      layers: layersOf(section, 'num_hidden_layers', defaults.layers),
      heads: headsOf(section, 'num_attention_heads', defaults.heads, width),
      epsilon: numberOf(section, 'layer_norm_eps', defaults.epsilon),
      activation: activationOf(section, 'hidden_act', defaults.activation),
    },
  };
}

const TOWER_FIELDS = [
  ...['hidden_size', 'intermediate_size', 'num_hidden_layers', 'num_attention_heads'],
  ...['layer_norm_eps', 'hidden_act'],
];

const VISION_RULES: FieldRules = {
  used: [...TOWER_FIELDS, 'image_size', 'patch_size'],
  only: { num_channels: [3], vision_use_head: [true] },
  // The projection is that of the model; a section's own is of the tower as a model of its own.
  harmless: ['projection_dim'],
};

const TEXT_RULES: FieldRules = {
  used: [...TOWER_FIELDS, 'vocab_size', 'max_position_embeddings', 'projection_size'],
  harmless: ['projection_dim'],
};

/** Fields beside the sections, in all of transformers' models of two towers. */
const MODEL_RULES: FieldRules = {
  used: ['vision_config', 'text_config', 'vision_config_dict', 'text_config_dict'],
  harmless: ['projection_dim', 'vision_feature_layer'],
};

/** The section of a tower; what old files repeat as `<name>_dict` counts more, as in transformers. */
function sectionOfTower(config: Config, name: 'vision_config' | 'text_config'): Config {
  return { ...sectionOf(config, name), ...sectionOf(config, `${name}_dict`) };
}

/** Unknown fields of the model and of one of its towers. */
function unknownOf(config: Config, tower: 'vision' | 'text'): string[] {
  const name = `${tower}_config` as const;
  const rules = tower === 'vision' ? VISION_RULES : TEXT_RULES;
  return [
    ...checkFields(config, MODEL_RULES),
    ...checkFields(sectionOfTower(config, name), rules, `${name}.`),
  ];
}

/** The blocks of a tower in transformers' spelling. */
function planLayers(plan: TensorPlan, at: string, tower: ReturnType<typeof towerOf>): void {
  const { width, inner, settings } = tower;
  for (let n = 0; n < settings.layers; n++) {
    const layer = `${at}.encoder.layers.${n}`;
    plan.norm(`${layer}.layer_norm1`, width).norm(`${layer}.layer_norm2`, width);
    for (const part of ['q', 'k', 'v', 'out']) {
      plan.linear(`${layer}.self_attn.${part}_proj`, width, width);
    }
    plan.linear(`${layer}.mlp.fc1`, inner, width).linear(`${layer}.mlp.fc2`, width, inner);
  }
}

/** Patches of the pictures that a section describes, and their number on one. */
function patchesOf(section: Config, patchSize: number, image: Grid, at = 'vision_config.') {
  const patch = sizeOf(section, 'patch_size', patchSize);
  const made = sizeOf(section, 'image_size', 224);
  const [places, wanted] = [placesOf(made, patch), placesOf(image, patch)];
  if (places.width !== wanted.width || places.height !== wanted.height) {
    throw unsupported(
      `${at}image_size`,
      section.image_size ?? made.width,
      `pictures of ${image.width} x ${image.height} have other positions than the checkpoint`,
    );
  }
  return { patch, places: places.width * places.height };
}

/** Words and positions of a text in transformers' spelling. */
function planWords(
  plan: TensorPlan,
  at: string,
  section: Config,
  width: number,
  defaults: { words: number; length: number },
): TensorPlan {
  const words = countOf(section, 'vocab_size', defaults.words);
  const length = countOf(section, 'max_position_embeddings', defaults.length);
  return plan
    .tensor(`${at}.embeddings.token_embedding.weight`, words, width)
    .tensor(`${at}.embeddings.position_embedding.weight`, length, width);
}

/** Buffers that count from 0 on. */
const POSITION_IDS = /\.position_ids$/;

/**
 * transformers' CLIPModel. Embeddings are `get_image_features` and `get_text_features`; the text is
 * pooled at the first end token (by the largest id where the configuration has the old end id 2).
 */
export const clip: Architecture = {
  promise(tower, { config, image }): TowerPlan {
    const notes = unknownFields(unknownOf(config, tower));
    const out = countOf(config, 'projection_dim', 512);
    const plan = new TensorPlan();
    const at = `${tower}_model`;
    if (tower === 'text') {
      const section = sectionOfTower(config, 'text_config');
      const sizes = towerOf(section, CLIP_TEXT);
      planWords(plan, at, section, sizes.width, { words: 49_408, length: 77 });
      planLayers(plan, at, sizes);
      plan.norm(`${at}.final_layer_norm`, sizes.width);
      plan.linear('text_projection', out, sizes.width, false);
      return { plan, own: /^text_(model|projection)\./, harmless: POSITION_IDS, notes };
    }
    const section = sectionOfTower(config, 'vision_config');
    const sizes = towerOf(section, CLIP_VISION);
    const { patch, places } = patchesOf(section, 32, image);
    plan
      .conv(`${at}.embeddings.patch_embedding`, sizes.width, 3, patch, false)
      .tensor(`${at}.embeddings.class_embedding`, sizes.width)
      .tensor(`${at}.embeddings.position_embedding.weight`, places + 1, sizes.width)
      .norm(`${at}.pre_layrnorm`, sizes.width)
      .norm(`${at}.post_layernorm`, sizes.width);
    planLayers(plan, at, sizes);
    plan.linear('visual_projection', out, sizes.width, false);
    return { plan, own: /^(vision_model|visual_projection)\./, harmless: POSITION_IDS, notes };
  },
  vision(net, pixels, { image, config }) {
    const { settings } = towerOf(sectionOfTower(config, 'vision_config'), CLIP_VISION);
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
    const section = sectionOfTower(config, 'text_config');
    const settings = { ...towerOf(section, CLIP_TEXT).settings, causal: true };
    const at = 'text_model';
    const embedded = embedText(
      net,
      ids,
      `${at}.embeddings.token_embedding.weight`,
      `${at}.embeddings.position_embedding.weight`,
    );
    const tokens = blocks(net, embedded, `${at}.encoder.layers`, layerNames, settings);
    const normed = net.layerNorm(tokens, `${at}.final_layer_norm`, settings.epsilon);
    const end = numberOf(section, 'eos_token_id', OLD_END);
    const marks =
      end === OLD_END
        ? ids
        : g.node('Cast', [g.node('Equal', [ids, g.ints([end], [])])], { to: INT32 });
    const places = g.node('ArgMax', [marks], { axis: 1, keepdims: 0 });
    return net.linear(tokenOfEach(net, normed, places), 'text_projection');
  },
};

/** End of a text in old configurations, whatever the vocabulary has: the largest id is meant. */
const OLD_END = 2;

/** ONNX's number for 32-bit integers. */
const INT32 = 6;

/** The parts of open_clip's configuration that a tower needs, with the values that it has by itself. */
function openClipOf(config: Config, tower: 'vision' | 'text') {
  const model = sectionOf(config, 'model_cfg');
  const section = sectionOf(model, `${tower}_cfg`);
  const isVision = tower === 'vision';
  const width = countOf(section, 'width', isVision ? 768 : 512);
  if (isVision && Array.isArray(section.layers)) {
    throw unsupported('vision_cfg.layers', section.layers, 'a list is that of a ResNet');
  }
  const settings: BlockSettings & { layers: number } = {
    layers: layersOf(section, 'layers', 12),
    heads: isVision
      ? Math.max(1, Math.trunc(width / countOf(section, 'head_width', 64)))
      : headsOf(section, 'heads', 8, width),
    epsilon: CLIP_EPSILON,
    activation: model.quick_gelu ? 'quick_gelu' : 'gelu',
    ...(isVision ? {} : { causal: true }),
  };
  const inner = Math.trunc(width * numberOf(section, 'mlp_ratio', 4));
  return { model, section, width, inner, settings, out: countOf(model, 'embed_dim') };
}

/** What open_clip's blocks of both towers can be asked for, and are here only as by default. */
const OPEN_CLIP_BLOCKS = {
  block_type: ['default'],
  qk_norm: [false],
  scaled_cosine_attn: [false],
  scale_heads: [false],
  scale_attn: [false],
  scale_attn_inner: [false],
  scale_fc: [false],
} satisfies FieldRules['only'];

/** Fields of open_clip's CLIPVisionCfg (open_clip, model.py). */
const OPEN_CLIP_VISION: FieldRules = {
  used: ['layers', 'width', 'head_width', 'mlp_ratio', 'patch_size', 'image_size'],
  only: {
    attentional_pool: [false],
    no_ln_pre: [false],
    pos_embed_type: ['learnable'],
    final_ln_after_pool: [false],
    pool_type: ['tok'],
    input_patchnorm: [false],
    global_average_pool: [false],
    ls_init_value: [],
    act_kwargs: [{}],
    norm_kwargs: [{}],
    timm_model_name: [],
    ...OPEN_CLIP_BLOCKS,
  },
  harmless: [
    ...['patch_dropout', 'output_tokens', 'attn_pooler_queries', 'attn_pooler_heads'],
    ...['timm_model_pretrained', 'timm_pool', 'timm_proj', 'timm_proj_bias', 'timm_drop'],
    'timm_drop_path',
  ],
};

/** Fields of open_clip's CLIPTextCfg. */
const OPEN_CLIP_TEXT: FieldRules = {
  used: ['layers', 'width', 'heads', 'mlp_ratio', 'vocab_size', 'context_length'],
  only: {
    embed_cls: [false],
    no_causal_mask: [false],
    final_ln_after_pool: [false],
    pool_type: ['argmax'],
    proj_bias: [false],
    proj_type: ['linear'],
    ls_init_value: [],
    act_kwargs: [{}],
    norm_kwargs: [{}],
    hf_model_name: [],
    ...OPEN_CLIP_BLOCKS,
  },
  harmless: [
    ...['hf_tokenizer_name', 'tokenizer_kwargs', 'pad_id', 'output_tokens', 'text_mask'],
    ...['hf_model_pretrained', 'hf_proj_type', 'hf_pooler_type', 'tokenizer_mode'],
  ],
};

/** Fields beside open_clip's sections: in the file, and in `model_cfg`. */
export function unknownOfOpenClip(config: Config, more: readonly string[] = []): string[] {
  return [
    ...checkFields(config, { used: ['model_cfg', ...more], harmless: ['preprocess_cfg'] }),
    ...checkFields(
      sectionOf(config, 'model_cfg'),
      {
        used: ['embed_dim', 'quick_gelu', 'vision_cfg', 'text_cfg'],
        only: { multimodal_cfg: [] },
        harmless: ['custom_text', 'cast_dtype', 'init_logit_scale', 'init_logit_bias'],
      },
      'model_cfg.',
    ),
  ];
}

/** The blocks of open_clip. */
function planOpenClip(plan: TensorPlan, at: string, tower: ReturnType<typeof openClipOf>): void {
  const { width, inner, settings } = tower;
  for (let n = 0; n < settings.layers; n++) {
    const layer = `${at}.${n}`;
    plan
      .norm(`${layer}.ln_1`, width)
      .norm(`${layer}.ln_2`, width)
      .tensor(`${layer}.attn.in_proj_weight`, 3 * width, width)
      .tensor(`${layer}.attn.in_proj_bias`, 3 * width)
      .linear(`${layer}.attn.out_proj`, width, width)
      .linear(`${layer}.mlp.c_fc`, inner, width)
      .linear(`${layer}.mlp.c_proj`, width, inner);
  }
}

/** open_clip's CLIP: packed attention, projections as matrices, text pooled at the largest id. */
export const openClip: Architecture = {
  promise(tower, { config, image }): TowerPlan {
    const sizes = openClipOf(config, tower);
    const { section, width, out } = sizes;
    const rules = tower === 'vision' ? OPEN_CLIP_VISION : OPEN_CLIP_TEXT;
    const unknown = [
      ...unknownOfOpenClip(config),
      ...checkFields(section, rules, `model_cfg.${tower}_cfg.`),
    ];
    const plan = new TensorPlan();
    const notes = unknownFields(unknown);
    if (tower === 'text') {
      plan
        .tensor('token_embedding.weight', countOf(section, 'vocab_size', 49_408), width)
        .tensor('positional_embedding', countOf(section, 'context_length', 77), width);
      planOpenClip(plan, 'transformer.resblocks', sizes);
      plan.norm('ln_final', width).tensor('text_projection', width, out);
      const own = /^(token_embedding|positional_embedding|transformer|ln_final|text_projection)\b/;
      return { plan, own, harmless: /^attn_mask$/, notes };
    }
    const { patch, places } = patchesOf(section, 16, image, 'model_cfg.vision_cfg.');
    plan
      .conv('visual.conv1', width, 3, patch, false)
      .tensor('visual.class_embedding', width)
      .tensor('visual.positional_embedding', places + 1, width)
      .norm('visual.ln_pre', width);
    planOpenClip(plan, 'visual.transformer.resblocks', sizes);
    plan.norm('visual.ln_post', width).tensor('visual.proj', width, out);
    return { plan, own: /^visual\./, notes };
  },
  vision(net, pixels, { image, config }) {
    const { settings } = openClipOf(config, 'vision');
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
    const { settings } = openClipOf(config, 'text');
    const embedded = embedText(net, ids, 'token_embedding.weight', 'positional_embedding');
    const tokens = blocks(net, embedded, 'transformer.resblocks', openClipNames, settings);
    const normed = net.layerNorm(tokens, 'ln_final', settings.epsilon);
    const places = net.g.node('ArgMax', [ids], { axis: 1, keepdims: 0 });
    return net.project(tokenOfEach(net, normed, places), 'text_projection');
  },
};

/** Both towers of transformers' SigLIP where the file is silent. */
const SIGLIP: Defaults = {
  ...CLIP_VISION,
  epsilon: 1e-6,
  activation: 'gelu_pytorch_tanh',
};

/** transformers' SiglipModel: attention pooling by a learned probe; the text's last token. */
export const siglip: Architecture = {
  promise(tower, { config, image }): TowerPlan {
    const notes = unknownFields(unknownOf(config, tower));
    const section = sectionOfTower(config, `${tower}_config`);
    const sizes = towerOf(section, SIGLIP);
    const { width, inner } = sizes;
    const plan = new TensorPlan();
    const at = `${tower}_model`;
    if (tower === 'text') {
      planWords(plan, at, section, width, { words: 32_000, length: 64 });
      planLayers(plan, at, sizes);
      plan.norm(`${at}.final_layer_norm`, width);
      plan.linear(`${at}.head`, countOf(section, 'projection_size', width), width);
      return { plan, own: /^text_model\./, harmless: POSITION_IDS, notes };
    }
    const { patch, places } = patchesOf(section, 16, image);
    plan
      .conv(`${at}.embeddings.patch_embedding`, width, 3, patch)
      .tensor(`${at}.embeddings.position_embedding.weight`, places, width);
    planLayers(plan, at, sizes);
    const head = `${at}.head`;
    plan
      .norm(`${at}.post_layernorm`, width)
      .tensor(`${head}.probe`, 1, 1, width)
      .tensor(`${head}.attention.in_proj_weight`, 3 * width, width)
      .tensor(`${head}.attention.in_proj_bias`, 3 * width)
      .linear(`${head}.attention.out_proj`, width, width)
      .norm(`${head}.layernorm`, width)
      .linear(`${head}.mlp.fc1`, inner, width)
      .linear(`${head}.mlp.fc2`, width, inner);
    return { plan, own: /^vision_model\./, harmless: POSITION_IDS, notes };
  },
  vision(net, pixels, { image, config }) {
    const { g } = net;
    const { settings } = towerOf(sectionOfTower(config, 'vision_config'), SIGLIP);
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
    const { settings } = towerOf(sectionOfTower(config, 'text_config'), SIGLIP);
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
