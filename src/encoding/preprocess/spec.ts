import { z } from 'zod';
import type { PreprocessSpec } from '../../domain/encoders.ts';
import { parseWindow } from '../../domain/window.ts';

const side = z.number().int().min(1).max(4096);
const three = z.tuple([z.number(), z.number(), z.number()]);

/** How a picture becomes an encoder's input. Steps run in this order; each is optional but `resize`. */
export const PreprocessSchema = z.strictObject({
  /** The window that DICOM images are seen in, as `--window` has it; by default the file's own. */
  window: z
    .string()
    .refine((text) => {
      try {
        parseWindow(text);
        return true;
      } catch {
        return false;
      }
    }, 'is no window: 40/400, lung, bone, brain, soft-tissue, file')
    .optional(),
  /** How the picture is brought to size. */
  resize: z.discriminatedUnion('mode', [
    /** Both edges exactly, aspect ratio not kept. */
    z.strictObject({ mode: z.literal('exact'), width: side, height: side }),
    /** Shortest edge to `size`, aspect ratio kept. */
    z.strictObject({ mode: z.literal('shortest-edge'), size: side }),
    /** Longest edge to `size`, aspect ratio kept, then zeros to the right and below up to a square. */
    z.strictObject({ mode: z.literal('longest-edge-pad'), size: side }),
  ]),
  /** Pillow's resampling filter. */
  interpolation: z.enum(['bilinear', 'bicubic']),
  /** Crop around the centre; a smaller picture is padded with zeros. */
  centreCrop: z
    .strictObject({
      width: side,
      height: side,
      /**
       * Where the crop starts when the margin is odd: by default at its half rounded down, as in
       * transformers; `half-even` rounds as Python does, as in torchvision and open_clip.
       */
      rounding: z.literal('half-even').optional(),
    })
    .optional(),
  /** Each value is multiplied by this first; 1/255 by default. */
  scale: z
    .number()
    .positive()
    .default(1 / 255),
  /** Subtracted from each channel after scaling. */
  mean: three.default([0, 0, 0]),
  /** Each channel is divided by this after the mean is subtracted. */
  std: three.default([1, 1, 1]),
});

export type { PreprocessSpec } from '../../domain/encoders.ts';

/**
 * Size of the picture that preprocessing gives to the encoder, in pixels.
 * @throws RangeError when it would depend on the picture (shortest edge without a crop)
 */
export function inputSize({ resize, centreCrop }: PreprocessSpec): {
  width: number;
  height: number;
} {
  if (centreCrop !== undefined) return { width: centreCrop.width, height: centreCrop.height };
  switch (resize.mode) {
    case 'exact':
      return { width: resize.width, height: resize.height };
    case 'longest-edge-pad':
      return { width: resize.size, height: resize.size };
    case 'shortest-edge':
      throw new RangeError('A shortest-edge resize needs a centre crop.');
  }
}
