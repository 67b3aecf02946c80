import { describe, expect, it } from 'vitest';
import { readProcessor } from './processor.ts';

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

  it('has no normalisation or rescaling where it says so', () => {
    const plain = { ...base, do_normalize: false, do_rescale: false, image_mean: [9, 9, 9] };
    expect(readProcessor(plain, 'f')).toMatchObject({ scale: 1, mean: [0, 0, 0] });
  });

  it.each([
    [{ ...base, resample: 1 }, 'resample'],
    [{ ...base, do_resize: false }, 'do_resize'],
    [{ resample: 3 }, 'size'],
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
