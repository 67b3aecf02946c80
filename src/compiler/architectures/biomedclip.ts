import { type Architecture, numberOf, sectionOf } from '../architecture.ts';
import type { Net } from '../net.ts';
import { type BlockNames, block } from '../transformer.ts';
import { embedPatches } from './vit.ts';

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
function bertClassToken(
  net: Net,
  ids: string,
  at: string,
  config: Readonly<Record<string, unknown>>,
): string {
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
    activation: 'gelu',
    postNorm: true,
    paddingMask: g.node('Cast', [filled], { to: INT32 }),
  } as const;
  const layers = net.countLayers(`${at}.encoder.layer.#.output.dense.weight`);
  for (let n = 0; n < layers; n++)
    x = block(net, x, bertNames(`${at}.encoder.layer.${n}`), settings);
  return net.tokenAt(x, 0);
}

/**
 * open_clip's CustomTextCLIP with a timm ViT and a BERT, as BiomedCLIP: the class token after the
 * norm, projected; the text's first token through a perceptron without biases.
 *
 * The head count of the ViT is not in the checkpoint: `vision_heads` of the configuration, else one for
 * each 64 of its width, as every named ViT of timm has. BERT's configuration is `text_config`.
 */
export const biomedclip: Architecture = {
  vision(net, pixels, { image, config }) {
    const at = 'visual.trunk';
    const { tokens, grid, classToken, width } = embedPatches(net, pixels, image, {
      patches: `${at}.patch_embed.proj`,
      positions: `${at}.pos_embed`,
      classToken: `${at}.cls_token`,
    });
    const settings = {
      heads: numberOf(config, 'vision_heads', Math.max(1, width / 64)),
      epsilon: 1e-6,
      activation: 'gelu',
    } as const;
    let x = net.prependToken(tokens, classToken);
    const layers = net.countLayers(`${at}.blocks.#.norm1.weight`);
    for (let n = 0; n < layers; n++) x = block(net, x, timmNames(`${at}.blocks.${n}`), settings);
    const norm = (value: string) => net.layerNorm(value, `${at}.norm`, settings.epsilon);
    return {
      embedding: net.linear(norm(net.tokenAt(x, 0)), 'visual.head.proj'),
      tokens: { grid, leading: 1, build: () => norm(x) },
    };
  },
  text(net, ids, { config }) {
    const pooled = bertClassToken(net, ids, 'text.transformer', sectionOf(config, 'text_config'));
    return net.linear(net.activation(net.linear(pooled, 'text.proj.0'), 'gelu'), 'text.proj.2');
  },
};
