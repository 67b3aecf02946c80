import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { SemblanceError } from '../../domain/errors/error.ts';
import { sectionOf } from '../compiler/configuration.ts';
import { readProcessor } from '../preprocess/processor.ts';
import { inputSize, type PreprocessSpec } from '../preprocess/spec.ts';
import { readJson } from './files.ts';
import type { ModelTemplate } from './template.ts';

type Config = Readonly<Record<string, unknown>>;

/** Side of the pictures that a configuration is made for, where the architecture depends on it. */
function imageSide({ architecture }: ModelTemplate, config: Config): number | undefined {
  const section = (() => {
    switch (architecture) {
      case 'vit':
      case 'vit-mae':
      case 'medclip':
        return config;
      case 'clip':
      case 'siglip':
      case 'sam':
        return sectionOf(config, 'vision_config');
      case 'open-clip':
      case 'biomedclip':
        return sectionOf(sectionOf(config, 'model_cfg'), 'vision_cfg');
      default:
        // DINOv2 fits its positions to any picture, ResNet has none, segment_anything no configuration.
        return {};
    }
  })();
  const side = section.image_size;
  return typeof side === 'number' && Number.isInteger(side) && side > 0 ? side : undefined;
}

/** Tokens of a text that a configuration is made for, where it says. */
function contextLength({ architecture }: ModelTemplate, config: Config): number | undefined {
  const length =
    architecture === 'open-clip' || architecture === 'biomedclip'
      ? sectionOf(sectionOf(config, 'model_cfg'), 'text_cfg').context_length
      : sectionOf(config, 'text_config').max_position_embeddings;
  return typeof length === 'number' && Number.isInteger(length) && length > 1 ? length : undefined;
}

/** The same steps for pictures of another side. */
function scaled(spec: PreprocessSpec, side: number): PreprocessSpec {
  const from = inputSize(spec).width;
  const square = { width: side, height: side };
  const { resize, centreCrop } = spec;
  switch (resize.mode) {
    case 'exact':
      return { ...spec, resize: { mode: 'exact', ...square } };
    case 'longest-edge-pad':
      return { ...spec, resize: { ...resize, size: side } };
    case 'shortest-edge': {
      const size = Math.round((resize.size * side) / from);
      return { ...spec, resize: { ...resize, size }, ...(centreCrop && { centreCrop: square }) };
    }
  }
}

/**
 * The template of a relative: its own preprocessing from `preprocessor_config.json`, or else the known
 * model's at the size that its configuration says; and texts of the length that it says.
 *
 * @param folder the relative's official files
 * @param config its configuration
 * @throws SemblanceError ENCODER_INVALID when the processor has an unknown step
 */
export function adaptToRelative(
  template: ModelTemplate,
  folder: string,
  config: Config,
): ModelTemplate {
  const { text } = template;
  const length = contextLength(template, config);
  const worded =
    text === undefined || length === undefined
      ? template
      : { ...template, text: { ...text, contextLength: length } };
  const file = join(folder, 'preprocessor_config.json');
  if (existsSync(file)) return { ...worded, preprocess: readProcessor(readJson(file), file) };
  const side = imageSide(template, config);
  const sized =
    side === undefined || side === inputSize(template.preprocess).width
      ? template.preprocess
      : scaled(template.preprocess, side);
  return { ...worded, preprocess: withOpenClip(sized, config, template.files.config ?? '') };
}

/** The fields of open_clip's preprocessing (open_clip, transform.py, PreprocessCfg). */
const OpenClipSchema = z.strictObject({
  size: z.union([z.number(), z.array(z.number()).min(1).max(2)]).optional(),
  mode: z.literal('RGB').optional(),
  mean: z.tuple([z.number(), z.number(), z.number()]).optional(),
  std: z.tuple([z.number(), z.number(), z.number()]).optional(),
  interpolation: z.enum(['bicubic', 'bilinear']).optional(),
  resize_mode: z.enum(['shortest', 'squash']).optional(),
  // Of the margins of another way to resize.
  fill_color: z.unknown().optional(),
});

/**
 * The preprocessing that an open_clip_config.json says, over that of the known model.
 * @throws SemblanceError ENCODER_INVALID when it has an unknown step
 */
function withOpenClip(spec: PreprocessSpec, config: Config, subject: string): PreprocessSpec {
  const parsed = OpenClipSchema.safeParse(sectionOf(config, 'preprocess_cfg'));
  if (!parsed.success) {
    const why = `preprocess_cfg: ${z.prettifyError(parsed.error)}`;
    throw new SemblanceError('ENCODER_INVALID', why, { subject });
  }
  const { mean, std, interpolation, resize_mode, size } = parsed.data;
  const { width, height } = inputSize(spec);
  const wanted = [size ?? []].flat();
  if (wanted.some((side, i) => side !== (i === 0 ? height : width))) {
    throw new SemblanceError(
      'ENCODER_INVALID',
      `preprocess_cfg: its "size" is ${wanted.join(' x ')}, that of the model ${height} x ${width}.`,
      { subject },
    );
  }
  const { centreCrop, ...uncropped } = spec;
  return {
    ...(resize_mode === 'squash'
      ? { ...uncropped, resize: { mode: 'exact', width, height } as const }
      : spec),
    ...(mean === undefined ? {} : { mean }),
    ...(std === undefined ? {} : { std }),
    ...(interpolation === undefined ? {} : { interpolation }),
  };
}
