import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { SemblanceError } from '../../domain/errors/error.ts';
import { hasGoldens } from '../../testing/golden-encoder.ts';
import { sharedPath } from '../../testing/shared.ts';
import { openCheckpoint } from '../checkpoints/open.ts';
import type { Architecture, Tower } from './architecture.ts';
import { ARCHITECTURES, type ArchitectureName } from './architectures/index.ts';
import { compileTower } from './compile.ts';

const work = mkdtempSync(join(tmpdir(), 'semblance-configuration-'));
afterAll(() => rmSync(work, { recursive: true }));

type Json = Record<string, unknown>;

/** A golden's configuration with changes; a name with dots is of a section, undefined takes a field away. */
function changed(config: Json, changes: Json): Json {
  const copy: Json = structuredClone(config);
  for (const [path, value] of Object.entries(changes)) {
    const steps = path.split('.');
    const last = steps.pop() as string;
    let section = copy;
    for (const step of steps) {
      section[step] ??= {};
      section = section[step] as Json;
    }
    if (value === undefined) delete section[last];
    else section[last] = value;
  }
  return copy;
}

interface Model {
  folder: string;
  file?: string;
  config?: string;
  settings?: Json;
  side: number;
  asPublished?: boolean;
}

const MODELS: Partial<Record<ArchitectureName, Model>> = {
  vit: { folder: 'vit', side: 64 },
  'vit-mae': { folder: 'vit-mae', side: 64, asPublished: true },
  dinov2: { folder: 'dinov2', side: 98 },
  clip: { folder: 'clip-transformers', side: 56 },
  siglip: { folder: 'siglip', side: 56 },
  'open-clip': {
    folder: 'clip-openclip',
    file: 'open_clip_model.safetensors',
    config: 'open_clip_config.json',
    side: 56,
  },
  biomedclip: {
    folder: 'biomedclip',
    file: 'open_clip_pytorch_model.bin',
    config: 'open_clip_config.json',
    settings: { text_config: { num_attention_heads: 4 } },
    side: 160,
  },
  medclip: { folder: 'medclip', file: 'pytorch_model.bin', side: 224 },
  sam: { folder: 'sam', side: 160 },
  'segment-anything': {
    folder: 'medsam',
    file: 'medsam_vit_b.pth',
    config: '',
    settings: { heads: 2, window: 4, global: [1, 3] },
    side: 160,
  },
  resnet: { folder: 'resnet', side: 97 },
};

/** Compiles a golden with another configuration: what was told, or code and text of the refusal. */
function compiled(name: ArchitectureName, changes: Json, tower: Tower = 'vision'): string {
  const model = MODELS[name] as Model;
  const root = sharedPath(`goldens/encoders/${model.folder}/checkpoint/`);
  const { file = 'model.safetensors', config = 'config.json', side } = model;
  const official = config === '' ? {} : JSON.parse(readFileSync(root + config, 'utf8'));
  const source = openCheckpoint(root + file);
  try {
    const options = {
      image: { width: side, height: side },
      config: changed({ ...model.settings, ...official }, changes),
      asPublished: model.asPublished ?? false,
    };
    const architecture: Architecture = ARCHITECTURES[name];
    return compileTower(architecture, tower, source, options, join(work, 'm.onnx')).notes.join(
      '\n',
    );
  } catch (error) {
    if (!(error instanceof SemblanceError)) throw error;
    return `${error.code} ${error.message}`;
  } finally {
    source.close();
  }
}

/** Fields that no builder knows, for all of transformers' configurations. */
const ANYWHERE: Json = {
  quantization_config: { quant_method: 'bitsandbytes' },
  auto_map: { AutoModel: 'modeling.Model' },
  num_register_tokens: 4,
  rope_theta: 10_000,
  pruned_heads: { 0: [1] },
  is_hybrid: true,
  backbone_config: { model_type: 'bit' },
};

/** Field, value: what cannot be compiled. */
const REFUSED: [ArchitectureName, Tower, string, unknown][] = [
  ...(['vit', 'vit-mae', 'dinov2', 'clip', 'siglip', 'medclip', 'sam', 'resnet'] as const).flatMap(
    (name) =>
      Object.entries(ANYWHERE).map(
        ([field, value]) =>
          [name, 'vision', field, value] as [ArchitectureName, Tower, string, unknown],
      ),
  ),
  ...(['vit', 'vit-mae', 'dinov2', 'medclip', 'resnet'] as const).flatMap(
    (name) =>
      [
        [name, 'vision', 'num_channels', 1],
        [name, 'vision', 'hidden_act', 'mish'],
      ] as [ArchitectureName, Tower, string, unknown][],
  ),
  ...(['clip', 'siglip', 'sam'] as const).flatMap(
    (name) =>
      [
        [name, 'vision', 'vision_config.num_channels', 4],
        [name, 'vision', 'vision_config.hidden_act', 'mish'],
        [name, 'vision', 'vision_config.image_size', 112],
      ] as [ArchitectureName, Tower, string, unknown][],
  ),
  ['clip', 'text', 'text_config.hidden_act', 'laplace'],
  ['siglip', 'vision', 'vision_config.vision_use_head', false],
  ['vit', 'vision', 'use_swiglu_ffn', true],
  ['vit', 'vision', 'layerscale_value', 1],
  ['vit-mae', 'vision', 'mask_ratio', 0.5],
  ['medclip', 'vision', 'use_absolute_embeddings', true],
  ['medclip', 'vision', 'pretrained_window_sizes', [12, 12, 12, 6]],
  ['sam', 'vision', 'vision_config.use_rel_pos', false],
  ['resnet', 'vision', 'layer_type', 'preactivation'],
  ['resnet', 'vision', 'hidden_act', 'gelu'],
  ['open-clip', 'vision', 'model_cfg.vision_cfg.layers', [3, 4, 6, 3]],
  ['open-clip', 'vision', 'model_cfg.vision_cfg.timm_model_name', 'vit_base_patch16_224'],
  ['open-clip', 'vision', 'model_cfg.vision_cfg.pool_type', 'avg'],
  ['open-clip', 'vision', 'model_cfg.vision_cfg.attentional_pool', true],
  ['open-clip', 'vision', 'model_cfg.vision_cfg.no_ln_pre', true],
  ['open-clip', 'vision', 'model_cfg.vision_cfg.pos_embed_type', 'sin_cos_2d'],
  ['open-clip', 'vision', 'model_cfg.vision_cfg.ls_init_value', 0.1],
  ['open-clip', 'vision', 'model_cfg.vision_cfg.norm_kwargs', { eps: 1e-6 }],
  ['open-clip', 'vision', 'model_cfg.vision_cfg.image_size', 112],
  ['open-clip', 'vision', 'model_cfg.multimodal_cfg', { width: 512 }],
  ['open-clip', 'text', 'model_cfg.text_cfg.hf_model_name', 'roberta-base'],
  ['open-clip', 'text', 'model_cfg.text_cfg.pool_type', 'last'],
  ['open-clip', 'text', 'model_cfg.text_cfg.no_causal_mask', true],
  ['open-clip', 'text', 'model_cfg.text_cfg.embed_cls', true],
  ['open-clip', 'text', 'model_cfg.text_cfg.proj_bias', true],
  ['biomedclip', 'vision', 'model_cfg.vision_cfg.timm_model_name', 'vit_base_patch16_siglip_224'],
  ['biomedclip', 'vision', 'model_cfg.vision_cfg.timm_model_name', 'resnet50'],
  ['biomedclip', 'vision', 'model_cfg.vision_cfg.timm_pool', 'avg'],
  ['biomedclip', 'vision', 'model_cfg.vision_cfg.timm_proj', 'mlp'],
  ['biomedclip', 'text', 'model_cfg.text_cfg.hf_pooler_type', 'mean_pooler'],
  ['biomedclip', 'text', 'model_cfg.text_cfg.hf_proj_type', 'linear'],
  ['biomedclip', 'text', 'text_config.position_embedding_type', 'relative_key'],
  ['biomedclip', 'text', 'text_config.hidden_act', 'mish'],
  ['segment-anything', 'vision', 'image', 512],
];

/** Sizes that are not those of the checkpoint. */
const CONTRADICTED: [ArchitectureName, Tower, string, unknown][] = [
  ['vit', 'vision', 'hidden_size', 64],
  ['vit', 'vision', 'num_hidden_layers', 4],
  ['vit', 'vision', 'intermediate_size', 192],
  ['vit', 'vision', 'image_size', 80],
  ['vit', 'vision', 'patch_size', 8],
  ['vit-mae', 'vision', 'num_hidden_layers', 12],
  ['dinov2', 'vision', 'mlp_ratio', 4],
  ['dinov2', 'vision', 'use_swiglu_ffn', true],
  ['dinov2', 'vision', 'image_size', 224],
  ['clip', 'vision', 'projection_dim', 64],
  ['clip', 'vision', 'vision_config.num_hidden_layers', 4],
  ['clip', 'text', 'text_config.num_hidden_layers', 3],
  ['clip', 'text', 'text_config.vocab_size', 100],
  ['clip', 'text', 'text_config.max_position_embeddings', 77],
  ['siglip', 'vision', 'vision_config.intermediate_size', 64],
  ['siglip', 'text', 'text_config.projection_size', 64],
  ['open-clip', 'vision', 'model_cfg.embed_dim', 64],
  ['open-clip', 'vision', 'model_cfg.vision_cfg.layers', undefined],
  ['open-clip', 'vision', 'model_cfg.vision_cfg.mlp_ratio', 2],
  ['open-clip', 'text', 'model_cfg.text_cfg.context_length', 77],
  ['biomedclip', 'vision', 'model_cfg.vision_cfg.timm_model_name', 'vit_base_patch16_224'],
  ['biomedclip', 'text', 'model_cfg.text_cfg.hf_model_name', 'bert-base-uncased'],
  ['biomedclip', 'text', 'text_config.num_hidden_layers', 3],
  ['medclip', 'vision', 'depths', [2, 2, 6, 2]],
  ['medclip', 'vision', 'embed_dim', 96],
  ['medclip', 'vision', 'window_size', 8],
  ['medclip', 'vision', 'mlp_ratio', 4],
  ['sam', 'vision', 'vision_config.num_hidden_layers', 12],
  ['sam', 'vision', 'vision_config.output_channels', 256],
  ['sam', 'vision', 'vision_config.window_size', 14],
  ['sam', 'vision', 'vision_config.global_attn_indexes', [0]],
  ['segment-anything', 'vision', 'depth', 12],
  ['segment-anything', 'vision', 'width', 768],
  ['resnet', 'vision', 'depths', [3, 4, 6, 3]],
  ['resnet', 'vision', 'layer_type', 'basic'],
  ['resnet', 'vision', 'embedding_size', 64],
  ['resnet', 'vision', 'hidden_sizes', [32, 48, 64, 128]],
];

/** Fewer than the checkpoint has. */
const FEWER: [ArchitectureName, Tower, string, unknown][] = [
  ['vit', 'vision', 'num_hidden_layers', 2],
  ['vit', 'vision', 'qkv_bias', false],
  ['dinov2', 'vision', 'num_hidden_layers', 2],
  ['clip', 'text', 'text_config.num_hidden_layers', 1],
  ['siglip', 'vision', 'vision_config.num_hidden_layers', 1],
  ['open-clip', 'text', 'model_cfg.text_cfg.layers', 1],
  ['medclip', 'vision', 'depths', [1, 2, 2, 2]],
  ['sam', 'vision', 'vision_config.use_abs_pos', false],
  ['resnet', 'vision', 'depths', [1, 1, 2, 1]],
];

const NONSENSE: [ArchitectureName, string, unknown][] = [
  ['vit', 'hidden_size', '48'],
  ['vit', 'num_hidden_layers', 1e9],
  ['vit', 'num_hidden_layers', -1],
  ['vit', 'num_attention_heads', 5],
  ['vit', 'patch_size', 0],
  ['vit', 'qkv_bias', 'no'],
  ['clip', 'vision_config.num_attention_heads', 0],
  ['medclip', 'depths', 'four'],
  ['medclip', 'num_heads', [1, 2]],
  ['resnet', 'hidden_sizes', []],
  ['resnet', 'depths', [1, 2, 2, -1]],
];

/** What changes nothing, and what is built from it. */
const TAKEN: [ArchitectureName, Tower, Json][] = [
  ['vit', 'vision', { hidden_act: 'gelu_new' }],
  ['vit', 'vision', { hidden_act: 'silu' }],
  ['vit', 'vision', { quantization_config: null, auto_map: { AutoConfig: 'x.Y' } }],
  ['vit', 'vision', { image_size: [64, 64], patch_size: [16, 16], drop_path_rate: 0.2 }],
  ['vit-mae', 'vision', { norm_pix_loss: true, decoder_hidden_size: 1 }],
  ['clip', 'vision', { 'vision_config_dict.num_hidden_layers': 3 }],
  ['clip', 'text', { 'text_config.bad_words_ids': null, 'text_config.length_penalty': 1 }],
  ['sam', 'vision', { 'vision_config.hidden_act': 'gelu_pytorch_tanh' }],
  ['medclip', 'vision', { hidden_act: 'relu' }],
  ['resnet', 'vision', { downsample_in_bottleneck: true }],
  ['biomedclip', 'text', { 'text_config.hidden_act': 'gelu_new' }],
];

describe.skipIf(!hasGoldens)('a configuration', () => {
  it.each(REFUSED)('of %s (%s) is refused by the name of %s: %j', (name, tower, field, value) => {
    const said = compiled(name, { [field]: value }, tower);
    expect(said).toMatch(/^CHECKPOINT_UNSUPPORTED Its "/);
    expect(said).toContain(field.split('.').at(-1));
  });

  it.each(CONTRADICTED)(
    'of %s (%s) that is not that of the checkpoint: %s %j',
    (name, tower, field, value) => {
      expect(compiled(name, { [field]: value }, tower)).toMatch(/^CHECKPOINT_INCOMPLETE/);
    },
  );

  it.each(FEWER)('of %s (%s) that promises less: %s %j', (name, tower, field, value) => {
    expect(compiled(name, { [field]: value }, tower)).toMatch(
      /^CHECKPOINT_UNSUPPORTED .*does not promise/,
    );
  });

  it.each(NONSENSE)('of %s without sense: %s %j', (name, field, value) => {
    const said = compiled(name, { [field]: value });
    expect(said).toMatch(/^ENCODER_INVALID/);
    expect(said).toContain(field.split('.').at(-1));
  });

  it('of BiomedCLIP gives a text tower no heads that do not share its width', () => {
    const changes = { 'text_config.num_attention_heads': 5, 'text_config.hidden_size': undefined };
    expect(compiled('biomedclip', changes, 'text')).toMatch(/^ENCODER_INVALID .*heads/);
  });

  it.each(TAKEN)('of %s (%s) that can be built: %j', (name, tower, changes) => {
    expect(compiled(name, changes, tower)).not.toMatch(/^[A-Z_]+ |not known/);
  });

  it.each(Object.entries(MODELS))(
    'of %s with anything in any field is built or refused',
    (name, { folder, config = 'config.json', settings = {} }) => {
      const file = sharedPath(`goldens/encoders/${folder}/checkpoint/${config}`);
      const official = config === '' ? {} : JSON.parse(readFileSync(file, 'utf8'));
      const paths = (json: Json, at: string): string[] =>
        Object.entries(json).flatMap(([field, value]) =>
          typeof value === 'object' &&
          value !== null &&
          !Array.isArray(value) &&
          !/label/.test(field)
            ? [at + field, ...paths(value as Json, `${at}${field}.`)]
            : [at + field],
        );
      for (const path of paths({ ...settings, ...official }, '')) {
        if (!/size|layers|heads|dim|width|depth|eps|act|ratio|bias|window|index|_cfg/.test(path))
          continue;
        for (const value of ['x', -1, [1, 2]]) {
          // An exception without a code would fail here.
          compiled(name as ArchitectureName, { [path]: value });
        }
      }
    },
    180_000,
  );

  it('has its unknown fields told', () => {
    for (const [name, field] of [
      ['vit', 'attention_temperature'],
      ['clip', 'vision_config.attention_temperature'],
      ['sam', 'vision_config.attention_temperature'],
      ['resnet', 'attention_temperature'],
      ['open-clip', 'model_cfg.vision_cfg.attention_temperature'],
      ['segment-anything', 'attention_temperature'],
    ] as const) {
      expect(compiled(name, { [field]: 2 })).toContain(`: ${field}.`);
    }
    expect(compiled('vit', { new_switch: false, other: null })).toBe('');
  });

  it('has positions of another size told', () => {
    expect(compiled('dinov2', {})).toBe('');
    const { vit } = MODELS;
    MODELS.vit = { folder: 'vit', side: 96 };
    expect(compiled('vit', {})).toContain('positions are interpolated');
    MODELS.vit = vit as Model;
  });
});
