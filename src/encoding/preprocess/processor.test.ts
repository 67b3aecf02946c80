import { describe, expect, it } from 'vitest';
import { resizeAndCrop } from './preprocess.ts';
import { readProcessor } from './processor.ts';
import { PreprocessSchema } from './spec.ts';

const base = { size: { height: 8, width: 8 }, resample: 3, image_mean: [0, 0, 0] };

describe('an official processor', () => {
  it('may be written in the old way, with bare numbers', () => {
    expect(readProcessor({ size: 224, resample: 2 }, 'f')).toMatchObject({
      resize: { mode: 'exact', width: 224, height: 224 },
      interpolation: 'bilinear',
      mean: [0, 0, 0],
      std: [1, 1, 1],
    });
    const cropped = { size: 256, resample: 3, do_center_crop: true, crop_size: 224 };
    expect(readProcessor(cropped, 'f')).toMatchObject({
      resize: { mode: 'shortest-edge', size: 256 },
      centreCrop: { width: 224, height: 224 },
    });
  });

  it('may have fields that change nothing, and steps that are switched off', () => {
    const more = {
      ...{ do_convert_rgb: null, processor_class: 'X', data_format: 'channels_first' },
      ...{ do_pad: false, do_flip_channel_order: false, size_divisor: null },
    };
    expect(readProcessor({ ...base, ...more }, 'f')).toEqual(readProcessor(base, 'f'));
  });

  it('has no normalisation or rescaling where it says so', () => {
    const plain = { ...base, do_normalize: false, do_rescale: false, image_mean: [9, 9, 9] };
    expect(readProcessor(plain, 'f')).toMatchObject({ scale: 1, mean: [0, 0, 0] });
  });

  it.each([
    [{ ...base, resample: 1 }, 'resample'],
    [{ ...base, do_resize: false }, 'do_resize'],
    [{ resample: 3 }, 'size'],
    [{ ...base, image_processor_type: 'DPTImageProcessor' }, 'another processor'],
    [{ ...base, size: { shortest_edge: 8, longest_edge: 16 } }, 'size'],
    [{ ...base, size: { shortest_edge: 8 } }, 'no size'],
    [{ ...base, resample: 0 }, 'resample'],
    [{ ...base, resample: 4 }, 'resample'],
    [{ ...base, resample: 5 }, 'resample'],
    [{ ...base, do_pad: true }, 'do_pad'],
    [{ ...base, do_flip_channel_order: true }, 'do_flip_channel_order'],
    [{ ...base, rescale_offset: true }, 'rescale_offset'],
    [{ ...base, do_thumbnail: true }, 'do_thumbnail'],
    [{ ...base, size_divisor: 32 }, 'size_divisor'],
    [{ ...base, do_grayscale: true }, 'do_grayscale'],
    [{ ...base, ensure_multiple_of: 14 }, 'ensure_multiple_of'],
    [{ ...base, some_new_step: 0.5 }, 'some_new_step'],
    [{ ...base, do_center_crop: true }, 'crop_size'],
    [{ ...base, do_normalize: true, image_mean: null }, 'image_mean'],
    [{ ...base, image_mean: [0.5] }, 'image_mean'],
    [{ ...base, crop_size: { shortest_edge: 8 } }, 'crop_size'],
    [{ ...base, size: [8, 8] }, 'size'],
    [{ ...base, size: { longest_edge: 8 }, pad_size: { height: 16, width: 16 } }, 'pads'],
  ])('is refused when a step is unknown: %j', (json, field) => {
    expect(() => readProcessor(json, 'p.json')).toThrow(
      expect.objectContaining({
        code: 'ENCODER_INVALID',
        subject: 'p.json',
        message: expect.stringContaining(field),
      }) as Error,
    );
  });
});

describe('a centre crop', () => {
  it.each([
    [undefined, [0, 0, 1, 1, 2, 2, 3, 3]],
    // Python's round(margin / 2), which torchvision uses.
    ['half-even', [0, 0, 1, 2, 2, 2, 3, 4]],
  ])('starts at its place for each margin: %s', (rounding, starts) => {
    const found = starts.map((_, margin) => {
      const width = 16 + margin;
      const data = Uint8Array.from({ length: width * 16 * 3 }, (_, i) => Math.floor(i / 3) % width);
      const spec = PreprocessSchema.parse({
        resize: { mode: 'exact', width, height: 16 },
        interpolation: 'bilinear',
        centreCrop: { width: 16, height: 16, rounding },
      });
      return resizeAndCrop({ width, height: 16, data }, spec).data[0];
    });
    expect(found).toEqual(starts);
  });
});
