import { z } from 'zod';
import { SemblanceError } from '../../domain/errors/error.ts';
import { PreprocessSchema, type PreprocessSpec } from './spec.ts';

const side = z.number().int().min(1).max(4096);
const box = z.strictObject({ height: side, width: side });
const three = z.tuple([z.number(), z.number(), z.number()]);

const processorName = z
  .string()
  .regex(
    /^(ViT|CLIP|Bit|Siglip|ConvNext|Sam)(ImageProcessor(Fast|Pil)?|FeatureExtractor)$/,
    'is of another processor than ViT, CLIP, Bit, Siglip, ConvNext and Sam',
  )
  .optional();

/** The fields of transformers' `preprocessor_config.json` that decide what a model sees. */
const ProcessorSchema = z.object({
  /** Those whose steps are known here; the names are of different versions of the library. */
  image_processor_type: processorName,
  feature_extractor_type: processorName,
  do_resize: z.literal(true).default(true),
  size: z.union([
    side,
    box,
    z.strictObject({ shortest_edge: side }),
    z.strictObject({ longest_edge: side }),
  ]),
  /** ConvNextImageProcessor: below 384 the shortest edge is `size / crop_pct`, then cropped. */
  crop_pct: z.number().positive().max(1).nullish(),
  do_center_crop: z.boolean().nullish(),
  crop_size: z.union([side, box]).nullish(),
  /** SamImageProcessor: zeros up to this size. */
  pad_size: box.nullish(),
  /** Pillow's number of the filter. */
  resample: z.union([z.literal(2), z.literal(3)]),
  do_rescale: z.boolean().nullish(),
  rescale_factor: z.number().positive().nullish(),
  do_normalize: z.boolean().nullish(),
  image_mean: three.nullish(),
  image_std: three.nullish(),
});

/** Fields that change nothing here: pictures are RGB already, and every tensor is floats. */
const HARMLESS: ReadonlySet<string> = new Set([
  ...['do_convert_rgb', 'data_format', 'input_data_format', 'default_to_square', 'device'],
  ...['processor_class', 'return_tensors', 'disable_grouping', 'feature_extractor_type'],
  ...['image_processor_type', 'auto_map', 'image_seq_length', '_valid_processor_keys'],
  // Of masks and prompts.
  ...['mask_size', 'mask_pad_size', 'num_labels', 'do_reduce_labels', 'reduce_labels'],
  ...['model_input_names', '_processor_class', 'patch_size', 'num_channels'],
]);

/** Fields of steps that other processors have; switched off they are none. */
function unknownSteps(json: unknown, p: Processor): string[] {
  if (typeof json !== 'object' || json === null) return [];
  const known = new Set([...Object.keys(ProcessorSchema.shape), ...HARMLESS]);
  return Object.entries(json).flatMap(([field, value]) => {
    // A text is a label; steps are switched on, or have numbers.
    if (known.has(field) || [null, false].includes(value) || typeof value === 'string') return [];
    // SAM's padding, to the size that is given beside it.
    if (field === 'do_pad' && p.pad_size) return [];
    return [field];
  });
}

type Processor = z.infer<typeof ProcessorSchema>;

/** From this size on, ConvNextImageProcessor resizes exactly. */
const CONVNEXT_EXACT = 384;

function square(size: number): { width: number; height: number } {
  return { width: size, height: size };
}

function resizeOf({
  size,
  crop_pct,
  do_center_crop,
  crop_size,
}: Processor): Pick<PreprocessSpec, 'resize' | 'centreCrop'> {
  const cropped = typeof crop_size === 'number' ? square(crop_size) : crop_size;
  const centreCrop = do_center_crop && cropped ? { centreCrop: cropped } : {};
  if (typeof size !== 'number' && 'longest_edge' in size) {
    return { resize: { mode: 'longest-edge-pad', size: size.longest_edge } };
  }
  if (typeof size !== 'number' && 'height' in size) {
    return { resize: { mode: 'exact', ...size }, ...centreCrop };
  }
  const edge = typeof size === 'number' ? size : size.shortest_edge;
  if (crop_pct) {
    return edge < CONVNEXT_EXACT
      ? {
          resize: { mode: 'shortest-edge', size: Math.trunc(edge / crop_pct) },
          centreCrop: square(edge),
        }
      : { resize: { mode: 'exact', ...square(edge) } };
  }
  // A bare number is a square, and the shortest edge only for processors that crop.
  return typeof size === 'number' && !do_center_crop
    ? { resize: { mode: 'exact', ...square(edge) } }
    : { resize: { mode: 'shortest-edge', size: edge }, ...centreCrop };
}

/**
 * The settings of an official image processor (transformers' `preprocessor_config.json`) in the terms
 * of an encoder description.
 * @param json the parsed file
 * @param file its path, for errors
 * @throws SemblanceError ENCODER_INVALID when it has a step that is not known here
 */
export function readProcessor(json: unknown, file: string): PreprocessSpec {
  const invalid = (why: string) => new SemblanceError('ENCODER_INVALID', why, { subject: file });
  const parsed = ProcessorSchema.safeParse(json);
  if (!parsed.success) throw invalid(z.prettifyError(parsed.error));
  const p = parsed.data;
  const steps = unknownSteps(json, p);
  if (steps.length > 0) {
    throw invalid(
      `It has steps that are not known here: ${steps.map((name) => `"${name}"`).join(', ')}.`,
    );
  }
  if (p.do_center_crop && !p.crop_size)
    throw invalid('It has "do_center_crop" without "crop_size".');
  if (p.do_normalize && !(p.image_mean && p.image_std)) {
    throw invalid('It has "do_normalize" without "image_mean" and "image_std".');
  }
  const scale = p.do_rescale === false ? 1 : p.rescale_factor;
  const normalise = p.do_normalize !== false && p.image_mean && p.image_std;
  const spec = PreprocessSchema.parse({
    ...resizeOf(p),
    interpolation: p.resample === 2 ? 'bilinear' : 'bicubic',
    ...(scale ? { scale } : {}),
    ...(normalise ? { mean: p.image_mean, std: p.image_std } : {}),
  });
  const { resize, centreCrop } = spec;
  const { width, height } = p.pad_size ?? {};
  if (resize.mode === 'shortest-edge' && centreCrop === undefined) {
    throw invalid('It keeps the shape of a picture, so that a batch has no size.');
  }
  if (
    p.pad_size &&
    (resize.mode !== 'longest-edge-pad' || resize.size !== width || width !== height)
  ) {
    throw invalid('It pads to another size than it resizes to.');
  }
  return spec;
}
