import { describe, expect, it } from 'vitest';
import { type GoldenCase, goldenDifference, hasGoldens } from '../../../testing/golden-encoder.ts';
import { biomedclip } from './biomedclip.ts';
import { clip, openClip, siglip } from './clip.ts';
import { resnet } from './resnet.ts';
import { sam, segmentAnything } from './sam.ts';
import { medclip } from './swin.ts';
import { vit, vitMae } from './vit.ts';

const both = (name: string, test: Omit<GoldenCase, 'file'>): [string, GoldenCase][] =>
  ['model.safetensors', 'pytorch_model.bin'].map((file) => [`${name}, ${file}`, { ...test, file }]);

const config = 'config.json';
const mae = { architecture: vitMae, folder: 'vit-mae', config };
const openClipModel = {
  architecture: openClip,
  folder: 'clip-openclip',
  config: 'open_clip_config.json',
  file: 'open_clip_model.safetensors',
};
const biomedclipModel = {
  architecture: biomedclip,
  folder: 'biomedclip',
  file: 'open_clip_pytorch_model.bin',
  settings: { vision_heads: 2, text_config: { num_attention_heads: 4, layer_norm_eps: 1e-12 } },
};
const medclipModel = {
  architecture: medclip,
  folder: 'medclip',
  config,
  file: 'pytorch_model.bin',
};
const siglipModel = { architecture: siglip, folder: 'siglip', config, file: 'model.safetensors' };
const dinov2 = { architecture: vit, folder: 'dinov2', config };

const CASES: [string, GoldenCase][] = [
  ...both('ViT', { architecture: vit, folder: 'vit', config }),
  ...both('ViT-MAE, all patches', mae),
  ...both('ViT-MAE, as published', { ...mae, asPublished: true, output: 'embedding_as_published' }),
  ...both('DINOv2, positions interpolated to 16 x 16', dinov2),
  ...both('DINOv2, positions interpolated to 7 x 7', {
    ...dinov2,
    input: 'pixel_values_98',
    output: 'embedding_98',
  }),
  [
    'DINOv2 with SwiGLU',
    { architecture: vit, folder: 'dinov2-swiglu', config, file: 'model.safetensors' },
  ],
  ...both('CLIP, picture', { architecture: clip, folder: 'clip-transformers', config }),
  ...both('CLIP, text', { architecture: clip, folder: 'clip-transformers', config, tower: 'text' }),
  ['open_clip, picture', openClipModel],
  ['open_clip, text', { ...openClipModel, tower: 'text' }],
  ['SigLIP, picture', siglipModel],
  ['SigLIP, text', { ...siglipModel, tower: 'text' }],
  ['BiomedCLIP, picture', biomedclipModel],
  ['BiomedCLIP, text', { ...biomedclipModel, tower: 'text' }],
  ['MedCLIP (Swin)', medclipModel],
  ...both('SAM', { architecture: sam, folder: 'sam', config }),
  [
    'MedSAM (segment_anything)',
    {
      architecture: segmentAnything,
      folder: 'medsam',
      file: 'medsam_vit_b.pth',
      settings: { heads: 2, window: 4, global: [1, 3] },
    },
  ],
  ...both('ResNet, pooled', { architecture: resnet, folder: 'resnet', config }),
  ...both('ResNet, logits as published', {
    architecture: resnet,
    folder: 'resnet',
    config,
    asPublished: true,
    output: 'embedding_as_published',
  }),
];

/** Models whose embedding, or a step before it, is the mean of their tokens. */
const MEAN_TOKENS: [string, GoldenCase][] = [
  ['MedCLIP (Swin)', { ...medclipModel, output: 'pooled' }],
  ['SAM', { architecture: sam, folder: 'sam', config, file: 'model.safetensors' }],
  ['ResNet', { architecture: resnet, folder: 'resnet', config, file: 'model.safetensors' }],
];

describe.skipIf(!hasGoldens)('compiled models equal the official code', () => {
  it.each(CASES)('%s', async (_, test) => {
    expect(await goldenDifference(test)).toBeLessThanOrEqual(1e-4);
  });

  it.each(MEAN_TOKENS)('%s, tokens', async (_, test) => {
    expect(await goldenDifference({ ...test, meanToken: true })).toBeLessThanOrEqual(1e-4);
  });

  it.each(CASES.filter(([name]) => /^(ViT|CLIP|SigLIP|MedCLIP|SAM)/.test(name)))(
    '%s, nearly so in 8 bits',
    async (_, test) => {
      const difference = await goldenDifference({ ...test, precision: 'int8' });
      expect(difference).toBeLessThanOrEqual(0.06);
      // Equal numbers would mean that nothing was rounded.
      expect(difference).toBeGreaterThan(1e-5);
    },
  );
});
