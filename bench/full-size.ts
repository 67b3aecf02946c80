// Published models at full size with random weights, in the serialisation of the official files: names
// and shapes of the hub's checkpoints. What they compute means nothing; what they cost is the same.
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { randomFrom } from '../src/domain/random.ts';
import type { ArchitectureName } from '../src/encoding/compiler/architectures/index.ts';

type Shape = readonly number[];
/** What a tensor's values are around: 0, or 1 for scales and variances of norms. */
type Tensors = Map<string, { shape: Shape; centre: 0 | 1 }>;

/** A published model: what is written, and how it is compiled. */
export interface FullSizeModel {
  architecture: ArchitectureName;
  /** Side of the square input in pixels. */
  image: number;
  dimension: number;
  config: Record<string, unknown>;
  tensors: Tensors;
  /** Batches whose speed is measured. */
  batches: readonly number[];
  hasText?: boolean;
  /** Only on request: it needs more memory and disk than most machines spare. */
  optional?: boolean;
}

/** Collects names and shapes of torch's layers. */
class Layers {
  readonly tensors: Tensors = new Map();

  tensor(name: string, ...shape: number[]): this {
    this.tensors.set(name, { shape, centre: 0 });
    return this;
  }

  linear(name: string, out: number, inside: number, bias = true): this {
    this.tensor(`${name}.weight`, out, inside);
    return bias ? this.tensor(`${name}.bias`, out) : this;
  }

  conv(name: string, out: number, inside: number, side: number, bias = true): this {
    this.tensor(`${name}.weight`, out, inside, side, side);
    return bias ? this.tensor(`${name}.bias`, out) : this;
  }

  norm(name: string, width: number): this {
    this.tensors.set(`${name}.weight`, { shape: [width], centre: 1 });
    return this.tensor(`${name}.bias`, width);
  }

  batchNorm(name: string, width: number): this {
    this.norm(name, width).tensor(`${name}.running_mean`, width);
    this.tensors.set(`${name}.running_var`, { shape: [width], centre: 1 });
    return this;
  }
}

/** ViT as transformers has it; also of other sizes, for tests. */
export function vit(width: number, layers: number, heads: number, patch: number): FullSizeModel {
  const image = 224;
  const net = new Layers();
  net.tensor('embeddings.cls_token', 1, 1, width);
  net.tensor('embeddings.position_embeddings', 1, (image / patch) ** 2 + 1, width);
  net.conv('embeddings.patch_embeddings.projection', width, 3, patch);
  for (let n = 0; n < layers; n++) {
    const at = `encoder.layer.${n}`;
    for (const part of ['query', 'key', 'value']) {
      net.linear(`${at}.attention.attention.${part}`, width, width);
    }
    net.linear(`${at}.attention.output.dense`, width, width);
    net.linear(`${at}.intermediate.dense`, 4 * width, width);
    net.linear(`${at}.output.dense`, width, 4 * width);
    net.norm(`${at}.layernorm_before`, width).norm(`${at}.layernorm_after`, width);
  }
  net.norm('layernorm', width);
  return {
    architecture: 'vit',
    image,
    dimension: width,
    config: {
      model_type: 'vit',
      hidden_size: width,
      num_hidden_layers: layers,
      num_attention_heads: heads,
      intermediate_size: 4 * width,
      hidden_act: 'gelu',
      layer_norm_eps: 1e-12,
      image_size: image,
      patch_size: patch,
    },
    tensors: net.tensors,
    batches: [1, 4, 8, 16],
  };
}

function clipLayers(net: Layers, prefix: string, width: number, layers: number): void {
  for (let n = 0; n < layers; n++) {
    const at = `${prefix}.encoder.layers.${n}`;
    for (const part of ['q_proj', 'k_proj', 'v_proj', 'out_proj']) {
      net.linear(`${at}.self_attn.${part}`, width, width);
    }
    net.linear(`${at}.mlp.fc1`, 4 * width, width).linear(`${at}.mlp.fc2`, width, 4 * width);
    net.norm(`${at}.layer_norm1`, width).norm(`${at}.layer_norm2`, width);
  }
}

/** CLIP ViT-L/14 with both towers, as the published file. */
function clipLarge(): FullSizeModel {
  const [wide, narrow, words, places] = [1024, 768, 49_408, 77];
  const net = new Layers();
  net.tensor('logit_scale');
  const picture = 'vision_model.embeddings';
  net.tensor(`${picture}.class_embedding`, wide);
  net.conv(`${picture}.patch_embedding`, wide, 3, 14, false);
  net.tensor(`${picture}.position_embedding.weight`, 257, wide);
  net.norm('vision_model.pre_layrnorm', wide);
  clipLayers(net, 'vision_model', wide, 24);
  net.norm('vision_model.post_layernorm', wide);
  net.tensor('text_model.embeddings.token_embedding.weight', words, narrow);
  net.tensor('text_model.embeddings.position_embedding.weight', places, narrow);
  clipLayers(net, 'text_model', narrow, 12);
  net.norm('text_model.final_layer_norm', narrow);
  net.linear('visual_projection', narrow, wide, false);
  net.linear('text_projection', narrow, narrow, false);
  const common = { hidden_act: 'quick_gelu', layer_norm_eps: 1e-5, projection_dim: narrow };
  return {
    architecture: 'clip',
    image: 224,
    dimension: narrow,
    config: {
      model_type: 'clip',
      projection_dim: narrow,
      vision_config: {
        ...common,
        hidden_size: wide,
        intermediate_size: 4 * wide,
        num_attention_heads: 16,
        num_hidden_layers: 24,
        image_size: 224,
        patch_size: 14,
      },
      text_config: {
        ...common,
        hidden_size: narrow,
        intermediate_size: 4 * narrow,
        num_attention_heads: 12,
        num_hidden_layers: 12,
        vocab_size: words,
        max_position_embeddings: places,
        eos_token_id: 2,
      },
    },
    tensors: net.tensors,
    batches: [1, 4, 8],
    hasText: true,
  };
}

/** MedCLIP's picture tower: Swin-T and a projection. */
function swinTiny(): FullSizeModel {
  const depths = [2, 2, 6, 2];
  const heads = [3, 6, 12, 24];
  const model = 'vision_model.model';
  const net = new Layers();
  net.conv(`${model}.embeddings.patch_embeddings.projection`, 96, 3, 4);
  net.norm(`${model}.embeddings.norm`, 96);
  depths.forEach((depth, stage) => {
    const width = 96 * 2 ** stage;
    for (let n = 0; n < depth; n++) {
      const at = `${model}.encoder.layers.${stage}.blocks.${n}`;
      for (const part of ['query', 'key', 'value']) {
        net.linear(`${at}.attention.self.${part}`, width, width);
      }
      const table = `${at}.attention.self.relative_position_bias_table`;
      net.tensor(table, 13 * 13, heads[stage] as number);
      net.linear(`${at}.attention.output.dense`, width, width);
      net.linear(`${at}.intermediate.dense`, 4 * width, width);
      net.linear(`${at}.output.dense`, width, 4 * width);
      net.norm(`${at}.layernorm_before`, width).norm(`${at}.layernorm_after`, width);
    }
    if (stage < depths.length - 1) {
      const at = `${model}.encoder.layers.${stage}.downsample`;
      net.linear(`${at}.reduction`, 2 * width, 4 * width, false).norm(`${at}.norm`, 4 * width);
    }
  });
  net.norm(`${model}.layernorm`, 768);
  net.linear('vision_model.projection_head', 512, 768, false);
  return {
    architecture: 'medclip',
    image: 224,
    dimension: 512,
    config: {
      model_type: 'swin',
      embed_dim: 96,
      depths,
      num_heads: heads,
      window_size: 7,
      mlp_ratio: 4,
      image_size: 224,
      patch_size: 4,
      layer_norm_eps: 1e-5,
    },
    tensors: net.tensors,
    batches: [1, 4, 8, 16],
  };
}

/** The picture encoder of SAM-B. The decoder of the published file is small and not compiled. */
function samBase(): FullSizeModel {
  const width = 768;
  const global = [2, 5, 8, 11];
  const model = 'vision_encoder';
  const net = new Layers();
  net.tensor(`${model}.pos_embed`, 1, 64, 64, width);
  net.conv(`${model}.patch_embed.projection`, width, 3, 16);
  for (let n = 0; n < 12; n++) {
    const at = `${model}.layers.${n}`;
    net.linear(`${at}.attn.qkv`, 3 * width, width).linear(`${at}.attn.proj`, width, width);
    const positions = 2 * (global.includes(n) ? 64 : 14) - 1;
    net.tensor(`${at}.attn.rel_pos_h`, positions, 64).tensor(`${at}.attn.rel_pos_w`, positions, 64);
    net.linear(`${at}.mlp.lin1`, 4 * width, width).linear(`${at}.mlp.lin2`, width, 4 * width);
    net.norm(`${at}.layer_norm1`, width).norm(`${at}.layer_norm2`, width);
  }
  const neck = `${model}.neck`;
  net.conv(`${neck}.conv1`, 256, width, 1, false).norm(`${neck}.layer_norm1`, 256);
  net.conv(`${neck}.conv2`, 256, 256, 3, false).norm(`${neck}.layer_norm2`, 256);
  return {
    architecture: 'sam',
    image: 1024,
    dimension: 256,
    config: {
      model_type: 'sam',
      vision_config: {
        hidden_size: width,
        output_channels: 256,
        num_hidden_layers: 12,
        num_attention_heads: 12,
        mlp_dim: 4 * width,
        window_size: 14,
        global_attn_indexes: global,
        image_size: 1024,
        patch_size: 16,
      },
    },
    tensors: net.tensors,
    batches: [1, 2],
  };
}

function resnet50(): FullSizeModel {
  const depths = [3, 4, 6, 3];
  const widths = [256, 512, 1024, 2048];
  const net = new Layers();
  const convNorm = (at: string, out: number, inside: number, side: number) =>
    net.conv(`${at}.convolution`, out, inside, side, false).batchNorm(`${at}.normalization`, out);
  convNorm('resnet.embedder.embedder', 64, 3, 7);
  let inside = 64;
  depths.forEach((depth, stage) => {
    const out = widths[stage] as number;
    for (let n = 0; n < depth; n++) {
      const at = `resnet.encoder.stages.${stage}.layers.${n}`;
      if (n === 0) convNorm(`${at}.shortcut`, out, inside, 1);
      convNorm(`${at}.layer.0`, out / 4, inside, 1);
      convNorm(`${at}.layer.1`, out / 4, out / 4, 3);
      convNorm(`${at}.layer.2`, out, out / 4, 1);
      inside = out;
    }
  });
  net.linear('classifier.1', 1000, 2048);
  return {
    architecture: 'resnet',
    image: 224,
    dimension: 2048,
    config: {
      model_type: 'resnet',
      embedding_size: 64,
      hidden_sizes: widths,
      depths,
      layer_type: 'bottleneck',
      hidden_act: 'relu',
      downsample_in_first_stage: false,
      downsample_in_bottleneck: false,
      num_labels: 1000,
    },
    tensors: net.tensors,
    batches: [1, 4, 8, 16],
  };
}

/** The models of the bench by name. */
export const FULL_SIZE: Readonly<Record<string, FullSizeModel>> = {
  'ViT-B/16': vit(768, 12, 12, 16),
  'CLIP ViT-L/14': clipLarge(),
  'MedCLIP Swin-T': swinTiny(),
  'SAM ViT-B': samBase(),
  'ResNet-50': resnet50(),
  'ViT-H/14': { ...vit(1280, 32, 16, 14), batches: [1], optional: true },
};

const count = (shape: Shape) => shape.reduce((product, n) => product * n, 1);

/** Writes a model's `config.json` and `model.safetensors`, one tensor in memory at a time. */
export function writeCheckpoint(model: FullSizeModel, folder: string): void {
  writeFileSync(join(folder, 'config.json'), JSON.stringify(model.config));
  let end = 0;
  const header: Record<string, unknown> = {};
  for (const [name, { shape }] of model.tensors) {
    const begin = end;
    end += 4 * count(shape);
    header[name] = { dtype: 'F32', shape, data_offsets: [begin, end] };
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const file = openSync(join(folder, 'model.safetensors'), 'w');
  try {
    writeSync(file, length);
    writeSync(file, json);
    const random = randomFrom(1);
    for (const { shape, centre } of model.tensors.values()) {
      const values = new Float32Array(count(shape));
      // Variances of about 1 / inputs keep activations of deep networks in range.
      const spread = shape.length < 2 ? 0.2 : Math.sqrt(6 / count(shape.slice(1)));
      for (let i = 0; i < values.length; i++) values[i] = centre + spread * (2 * random() - 1);
      const bytes = Buffer.from(values.buffer);
      for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
    }
  } finally {
    closeSync(file);
  }
}
