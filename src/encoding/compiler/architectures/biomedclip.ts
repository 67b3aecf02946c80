import {
  type Architecture,
  type Peek,
  resizedPositions,
  type TowerPlan,
  unknownFields,
} from '../architecture.ts';
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
import type { Grid, Net } from '../net.ts';
import { ANY, TensorPlan } from '../tensor-plan.ts';
import { type BlockNames, block } from '../transformer.ts';
import { unknownOfOpenClip } from './clip.ts';
import { embedPatches, placesOf } from './vit.ts';

/** ONNX's number for 32-bit integers. */
const INT32 = 6;

/** Names of a block of timm's ViT. */
function timmNames(at: string): BlockNames {
  return {
    norm1: `${at}.norm1`,
    norm2: `${at}.norm2`,
    attention: {
      packedWeight: `${at}.attn.qkv.weight`,
      packedBias: `${at}.attn.qkv.bias`,
      out: `${at}.attn.proj`,
    },
    mlp: { kind: 'plain', first: `${at}.mlp.fc1`, second: `${at}.mlp.fc2` },
  };
}

/** Names of a layer of transformers' BERT. */
function bertNames(at: string): BlockNames {
  return {
    norm1: `${at}.attention.output.LayerNorm`,
    norm2: `${at}.output.LayerNorm`,
    attention: {
      query: `${at}.attention.self.query`,
      key: `${at}.attention.self.key`,
      value: `${at}.attention.self.value`,
      out: `${at}.attention.output.dense`,
    },
    mlp: { kind: 'plain', first: `${at}.intermediate.dense`, second: `${at}.output.dense` },
  };
}

/** BERT's hidden state of the first token; ids of 0 are padding. */
function bertClassToken(net: Net, ids: string, at: string, config: Config): string {
  const { g } = net;
  const table = (name: string) => {
    const full = `${at}.embeddings.${name}_embeddings.weight`;
    return net.tensor(full, net.shape(full, 2));
  };
  const words = g.node('Gather', [table('word'), ids]);
  const length = g.node('Shape', [ids], { start: 1, end: 2 });
  const positions = g.node('Slice', [table('position'), g.ints([0]), length, g.ints([0])]);
  // Every token is of the first segment.
  const segment = g.node('Gather', [table('token_type'), g.ints([0], [])]);
  const sum = g.node('Add', [g.node('Add', [words, positions]), segment]);
  const epsilon = numberOf(config, 'layer_norm_eps', 1e-12);
  let x = net.layerNorm(sum, `${at}.embeddings.LayerNorm`, epsilon);
  const filled = g.node('Not', [g.node('Equal', [ids, g.ints([0], [])])]);
  const settings = {
    heads: numberOf(config, 'num_attention_heads', 12),
    epsilon,
    activation: activationOf(config, 'hidden_act', 'gelu'),
    postNorm: true,
    paddingMask: g.node('Cast', [filled], { to: INT32 }),
  } as const;
  const layers = bertLayers(config, net.names());
  for (let n = 0; n < layers; n++)
    x = block(net, x, bertNames(`${at}.encoder.layer.${n}`), settings);
  return net.tokenAt(x, 0);
}

/** A vision transformer of timm. */
interface TimmVit {
  width: number;
  layers: number;
  heads: number;
  /** Width inside a perceptron, by that of the model. */
  ratio: number;
  patch: number;
}

/** Plain vision transformers of timm by the second word of their names (timm, vision_transformer.py). */
const TIMM_SIZES: Readonly<Record<string, Omit<TimmVit, 'patch' | 'ratio'>>> = {
  tiny: { width: 192, layers: 12, heads: 3 },
  small: { width: 384, layers: 12, heads: 6 },
  base: { width: 768, layers: 12, heads: 12 },
  large: { width: 1024, layers: 24, heads: 16 },
  huge: { width: 1280, layers: 32, heads: 16 },
};

/** What is known of the picture tower. */
interface Trunk extends TimmVit {
  /** Patches of the pictures that the positions are made for. */
  places: Grid;
  /** Whether the checkpoint itself had to tell. */
  guessed: boolean;
}

/**
 * The model that a configuration names; other words in a name are of other kinds of blocks. Without a
 * configuration the shapes of the checkpoint tell, and its last block.
 */
function trunkOf(config: Config, peek: Peek, names: Iterable<string>): Trunk {
  if (sectionOf(config, 'model_cfg').vision_cfg === undefined) return guessTrunk(peek, names);
  const section = sectionOf(sectionOf(config, 'model_cfg'), 'vision_cfg');
  const name = section.timm_model_name;
  const [, size = '', side] =
    /^vit_([a-z]+)_patch(\d+)_\d+(?:_in21k)?(?:\.[\w.]+)?$/.exec(String(name)) ?? [];
  const test = { width: 64, layers: 6, heads: 2, ratio: 3, patch: 16 };
  const sizes = TIMM_SIZES[size];
  if (sizes === undefined && name !== 'test_vit') {
    throw unsupported(
      'model_cfg.vision_cfg.timm_model_name',
      name,
      'only plain vision transformers are known',
    );
  }
  const vit = sizes === undefined ? test : { ...sizes, ratio: 4, patch: Number(side) };
  const patch = { width: vit.patch, height: vit.patch };
  return { ...vit, places: placesOf(sizeOf(section, 'image_size', 224), patch), guessed: false };
}

/** Width of a head in every named vision transformer of timm. */
const HEAD_WIDTH = 64;

function guessTrunk(peek: Peek, names: Iterable<string>): Trunk {
  const [width = HEAD_WIDTH, , patch = 16] = peek('visual.trunk.patch_embed.proj.weight') ?? [];
  const [, places = 2] = peek('visual.trunk.pos_embed') ?? [];
  const [inner = width] = peek('visual.trunk.blocks.0.mlp.fc1.weight') ?? [];
  const side = Math.round(Math.sqrt(places - 1));
  return {
    width,
    layers: lastNumber(names, /visual\.trunk\.blocks\.(\d{1,3})\./) + 1,
    heads: Math.max(1, Math.floor(width / HEAD_WIDTH)),
    ratio: inner / width,
    patch,
    places: { width: side, height: side },
    guessed: true,
  };
}

/** The largest number that a pattern finds in names; 0 where there is none. */
function lastNumber(names: Iterable<string>, pattern: RegExp): number {
  let last = 0;
  for (const name of names) last = Math.max(last, Number(pattern.exec(name)?.[1] ?? 0));
  return last;
}

/** Fields of open_clip's vision section where timm makes the tower. */
const TIMM_RULES: FieldRules = {
  used: ['timm_model_name', 'image_size'],
  only: {
    timm_pool: ['', 'token'],
    timm_proj: ['linear'],
    timm_proj_bias: [false],
    pos_embed_type: ['learnable'],
    act_kwargs: [{}],
    norm_kwargs: [{}],
  },
  harmless: [
    ...['timm_model_pretrained', 'timm_drop', 'timm_drop_path', 'patch_dropout', 'output_tokens'],
    // Without a model of timm they would be its sizes.
    ...['layers', 'width', 'head_width', 'mlp_ratio', 'patch_size'],
  ],
};

/** Fields of open_clip's text section where transformers makes the tower. */
const HF_TEXT_RULES: FieldRules = {
  used: ['hf_model_name', 'context_length', 'width', 'layers', 'heads', 'vocab_size'],
  only: {
    hf_proj_type: ['mlp'],
    hf_pooler_type: ['cls_last_hidden_state_pooler'],
    proj_type: ['mlp'],
  },
  harmless: [
    ...['hf_tokenizer_name', 'hf_model_pretrained', 'tokenizer_kwargs', 'pad_id', 'output_tokens'],
    ...['text_mask', 'mlp_ratio'],
  ],
};

/** Fields of transformers' BERT. */
const BERT_RULES: FieldRules = {
  used: [
    ...['num_attention_heads', 'layer_norm_eps', 'num_hidden_layers', 'hidden_size'],
    ...['intermediate_size', 'vocab_size', 'max_position_embeddings', 'hidden_act'],
    'type_vocab_size',
  ],
  only: { position_embedding_type: ['absolute'], pad_token_id: [0], model_type: ['bert'] },
  harmless: ['directionality', 'gradient_checkpointing', 'pooler_type'],
};

/** BERT of the usual size, which no file of open_clip describes. */
const BERT_BASE = {
  num_hidden_layers: 12,
  num_attention_heads: 12,
  hidden_size: 768,
  intermediate_size: 3072,
  max_position_embeddings: 512,
  type_vocab_size: 2,
};

/** BERT's configuration: that of the description, and what the name of the model tells. */
function bertOf(config: Config): Config {
  const name = sectionOf(sectionOf(config, 'model_cfg'), 'text_cfg').hf_model_name;
  const isBase = /(^|\/)(BiomedNLP-[\w-]+-base-|bert-base-|PubMedBERT)/i.test(String(name));
  return { ...(isBase ? BERT_BASE : {}), ...sectionOf(config, 'text_config') };
}

/** Layers of the text tower: where nothing tells, as many as the checkpoint's last one says. */
function bertLayers(config: Config, names: Iterable<string>): number {
  if (config.num_hidden_layers !== undefined) return layersOf(config, 'num_hidden_layers');
  return lastNumber(names, /text\.transformer\.encoder\.layer\.(\d{1,3})\./) + 1;
}

function promiseText(config: Config, names: Iterable<string>, peek: Peek): TowerPlan {
  const model = sectionOf(config, 'model_cfg');
  const section = sectionOf(model, 'text_cfg');
  const bert = bertOf(config);
  const unknown = [
    ...unknownOfOpenClip(config, ['text_config', 'vision_heads']),
    ...checkFields(section, HF_TEXT_RULES, 'model_cfg.text_cfg.'),
    ...checkFields(bert, BERT_RULES, 'text_config.'),
  ];
  const at = 'text.transformer';
  const [, found = ANY] = peek(`${at}.embeddings.word_embeddings.weight`) ?? [];
  const count = (key: string) => (bert[key] === undefined ? ANY : countOf(bert, key));
  const width = bert.hidden_size === undefined ? found : countOf(bert, 'hidden_size');
  const inner = count('intermediate_size');
  if (width !== ANY) headsOf(bert, 'num_attention_heads', 12, width);
  const plan = new TensorPlan()
    .tensor(`${at}.embeddings.word_embeddings.weight`, count('vocab_size'), width)
    .tensor(`${at}.embeddings.position_embeddings.weight`, count('max_position_embeddings'), width)
    .tensor(`${at}.embeddings.token_type_embeddings.weight`, count('type_vocab_size'), width)
    .norm(`${at}.embeddings.LayerNorm`, width);
  const layers = bertLayers(bert, names);
  for (let n = 0; n < layers; n++) {
    const layer = `${at}.encoder.layer.${n}`;
    for (const part of ['query', 'key', 'value']) {
      plan.linear(`${layer}.attention.self.${part}`, width, width);
    }
    plan
      .linear(`${layer}.attention.output.dense`, width, width)
      .norm(`${layer}.attention.output.LayerNorm`, width)
      .linear(`${layer}.intermediate.dense`, inner, width)
      .linear(`${layer}.output.dense`, width, inner)
      .norm(`${layer}.output.LayerNorm`, width);
  }
  const out = model.embed_dim === undefined ? ANY : countOf(model, 'embed_dim');
  // open_clip, hf_model.py: halfway between the two widths.
  const middle = width === ANY || out === ANY ? ANY : Math.floor((width + out) / 2);
  plan.linear('text.proj.0', middle, width, false).linear('text.proj.2', out, middle, false);
  return {
    plan,
    own: /^text\./,
    harmless: /\.(position_ids|token_type_ids)$|^text\.transformer\.pooler\./,
    notes: [
      ...unknownFields(unknown),
      ...(bert.num_hidden_layers === undefined
        ? [
            `Nothing tells how many layers "${section.hf_model_name}" has: ${layers} were found. "text_config.num_hidden_layers" of the description would tell.`,
          ]
        : []),
    ],
  };
}

/**
 * open_clip's CustomTextCLIP with a timm ViT and a BERT, as BiomedCLIP: the class token after the
 * norm, projected; the text's first token through a perceptron without biases.
 *
 * The sizes of the ViT are those of its name in timm; `vision_heads` of the description counts more than
 * the number of heads that the name tells. BERT's configuration is `text_config`, beside what its name tells.
 */
export const biomedclip: Architecture = {
  promise(tower, { config, image }, peek, names): TowerPlan {
    if (tower === 'text') return promiseText(config, names, peek);
    const model = sectionOf(config, 'model_cfg');
    const section = sectionOf(model, 'vision_cfg');
    const { width, layers, ratio, places, ...trunk } = trunkOf(config, peek, names);
    headsOf(config, 'vision_heads', trunk.heads, width);
    const at = 'visual.trunk';
    const patch = { width: trunk.patch, height: trunk.patch };
    const plan = new TensorPlan()
      .conv(`${at}.patch_embed.proj`, width, 3, patch)
      .tensor(`${at}.cls_token`, 1, 1, width)
      .tensor(`${at}.pos_embed`, 1, places.width * places.height + 1, width);
    for (let n = 0; n < layers; n++) {
      const block = `${at}.blocks.${n}`;
      plan
        .norm(`${block}.norm1`, width)
        .norm(`${block}.norm2`, width)
        .linear(`${block}.attn.qkv`, 3 * width, width)
        .linear(`${block}.attn.proj`, width, width)
        .linear(`${block}.mlp.fc1`, ratio * width, width)
        .linear(`${block}.mlp.fc2`, width, ratio * width);
    }
    plan.norm(`${at}.norm`, width);
    const out = model.embed_dim === undefined ? ANY : countOf(model, 'embed_dim');
    plan.linear('visual.head.proj', out, width, false);
    const unknown = [
      ...unknownOfOpenClip(config, ['text_config', 'vision_heads']),
      ...checkFields(section, TIMM_RULES, 'model_cfg.vision_cfg.'),
    ];
    return {
      plan,
      own: /^visual\./,
      notes: [
        ...unknownFields(unknown),
        ...(trunk.guessed
          ? [`Nothing tells how many blocks the picture tower has: ${layers} were found.`]
          : []),
        ...resizedPositions(placesOf(image, patch), places),
      ],
    };
  },
  vision(net, pixels, { image, config }) {
    const at = 'visual.trunk';
    const trunk = trunkOf(config, (name) => net.shapeOf(name), net.names());
    const { tokens, grid, classToken, width } = embedPatches(net, pixels, image, {
      patches: `${at}.patch_embed.proj`,
      positions: `${at}.pos_embed`,
      classToken: `${at}.cls_token`,
      places: trunk.places,
    });
    const settings = {
      heads: headsOf(config, 'vision_heads', trunk.heads, width),
      epsilon: 1e-6,
      activation: 'gelu',
    } as const;
    let x = net.prependToken(tokens, classToken);
    for (let n = 0; n < trunk.layers; n++) {
      x = block(net, x, timmNames(`${at}.blocks.${n}`), settings);
    }
    const norm = (value: string) => net.layerNorm(value, `${at}.norm`, settings.epsilon);
    return {
      embedding: net.linear(norm(net.tokenAt(x, 0)), 'visual.head.proj'),
      tokens: { grid, leading: 1, build: () => norm(x) },
    };
  },
  text(net, ids, { config }) {
    const pooled = bertClassToken(net, ids, 'text.transformer', bertOf(config));
    return net.linear(net.activation(net.linear(pooled, 'text.proj.0'), 'gelu'), 'text.proj.2');
  },
};
