import { z } from 'zod';
import { ErrorSchema } from './errors.ts';

/** A window of grey values that was used. */
const UsedWindowSchema = z.object({
  /** The file, what was asked for, a usual window of CT, one by modality and body part, nearly all values, or all. */
  source: z.enum(['file', 'given', 'preset', 'modality', 'range', 'full']),
  center: z.number(),
  width: z.number(),
  function: z.enum(['LINEAR', 'LINEAR_EXACT', 'SIGMOID', 'TABLE']),
  preset: z.string().optional(),
  /** Pixels that are below it. */
  below: z.int(),
  /** Pixels that are above it. */
  above: z.int(),
});

/** What was done to show a frame. */
const ShownFrameSchema = z.object({
  /** From 1 on. */
  frame: z.int(),
  /** How it is coded; `none` for samples as they are. */
  codec: z.string(),
  photometric: z.string(),
  /** Of the picture, its pixels square. */
  width: z.int(),
  height: z.int(),
  channels: z.union([z.literal(1), z.literal(3)]),
  windows: z.array(UsedWindowSchema),
  /** Another window was used than was asked for: the file has none, or its values are no Hounsfield units. */
  windowReplaced: z.boolean(),
  slope: z.number().optional(),
  intercept: z.number().optional(),
  rescaleTable: z.boolean(),
  inverted: z.boolean(),
  /** Pixels that are no part of the picture. */
  padding: z.int(),
  notFinite: z.int(),
  shuttered: z.int(),
  /** Height of a stored pixel divided by its width. */
  aspect: z.number(),
  /** Regions of an ultrasound picture. */
  regions: z.int(),
});

/** The stored pixels of all frames, samples interleaved, before any look-up table. */
const StoredPixelsSchema = z.object({
  frames: z.int(),
  /** Frames where there are several, rows, columns, and samples where there are several. */
  shape: z.array(z.int()),
  /** As NumPy names it: little endian, except where it begins with `>` (`>i2`). */
  dtype: z.string(),
  min: z.number(),
  max: z.number(),
  mean: z.number(),
  /** Of the samples as `dtype` says. */
  sha256: z.string(),
  /** Of a big-endian file also that of its samples in little-endian order. */
  sha256LittleEndian: z.string().optional(),
});

/** What the samples of a grey DICOM frame mean. Nothing in it says who the patient is. */
export const PixelValuesSchema = z
  .object({
    width: z.int().meta({ description: 'Of the picture when its pixels are square' }),
    height: z.int(),
    slope: z.number().meta({
      description:
        'slope * sample + intercept is the value; a sample of 0 is no part of the picture, and always black',
    }),
    intercept: z.number(),
    exact: z.boolean().meta({
      description: 'Whether values are those of the file; else they are rounded to 16 bits',
    }),
    unit: z.string().optional().meta({ description: 'For instance HU' }),
    hounsfield: z.boolean().meta({ description: 'Whether usual windows of CT apply' }),
    inverted: z.boolean().meta({ description: 'Whether low values are white' }),
    windows: z
      .array(
        z.object({
          source: UsedWindowSchema.shape.source,
          center: z.number(),
          width: z.number(),
          function: UsedWindowSchema.shape.function,
          curve: z.array(z.int()).optional().meta({
            description: 'Of a table: greys from 0 to 255, from its lowest value to its highest',
          }),
        }),
      )
      .meta({
        description: 'Those of the file in its order, or the one it is shown in where it has none',
      }),
  })
  .meta({ id: 'PixelValues' });
export type PixelValues = z.infer<typeof PixelValuesSchema>;

/** What would be indexed of a DICOM file. Nothing in it says who the patient is. */
export const InspectionSchema = z.object({
  /** image, report, presentation state, segmentation, ... */
  kind: z.string(),
  /** Whether it is a picture that would be indexed. */
  indexed: z.boolean(),
  transferSyntax: z.object({ uid: z.string(), name: z.string() }).optional(),
  modality: z.string().optional(),
  /** Attributes that name the patient or the study and have a value, without it. */
  identity: z.array(z.string()),
  frames: z.array(ShownFrameSchema),
  pixels: StoredPixelsSchema.optional(),
  /** Why it is refused. */
  error: ErrorSchema.optional(),
});
export type Inspection = z.infer<typeof InspectionSchema>;
