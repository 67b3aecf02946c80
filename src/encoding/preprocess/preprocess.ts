import { resample, type Window } from './resample.ts';
import { inputSize, type PreprocessSpec } from './spec.ts';

interface Size {
  width: number;
  height: number;
}

/** 8-bit RGB, row-major. */
interface Picture extends Size {
  data: Uint8Array;
}

/** The size a picture is resized to, rounded as the official image processors do. */
function resizedSize({ width, height }: Size, resize: PreprocessSpec['resize']) {
  switch (resize.mode) {
    case 'exact':
      return { width: resize.width, height: resize.height };
    case 'shortest-edge': {
      // transformers, get_resize_output_image_size: int(size * long / short)
      const long = Math.trunc((resize.size * Math.max(width, height)) / Math.min(width, height));
      return width <= height
        ? { width: resize.size, height: long }
        : { width: long, height: resize.size };
    }
    case 'longest-edge-pad': {
      // segment-anything, ResizeLongestSide: int(edge * scale + 0.5)
      const scale = resize.size / Math.max(width, height);
      return {
        width: Math.max(1, Math.trunc(width * scale + 0.5)),
        height: Math.max(1, Math.trunc(height * scale + 0.5)),
      };
    }
  }
}

/** Half of a margin, a half rounded to the even number. */
function halfEven(margin: number): number {
  const half = Math.floor(margin / 2);
  return margin % 2 === 1 && half % 2 === 1 ? half + 1 : half;
}

type CentreCrop = NonNullable<PreprocessSpec['centreCrop']>;

/** Where a crop begins in a picture; negative where that is smaller than the crop and zeros are added. */
function cropOffset(picture: Size, { width, height, rounding }: CentreCrop): [number, number] {
  const offset = (have: number, want: number) => {
    if (have < want) return -Math.ceil((want - have) / 2);
    return rounding === 'half-even' ? halfEven(have - want) : Math.floor((have - want) / 2);
  };
  return [offset(picture.width, width), offset(picture.height, height)];
}

/**
 * The part of a picture that an encoder's whole input covers, in the picture's pixels. It reaches beyond
 * the picture where the input is padded.
 */
export function coveredArea(picture: Size, spec: PreprocessSpec): Size & { x: number; y: number } {
  const resized = resizedSize(picture, spec.resize);
  const input = inputSize(spec);
  const [left, top] = spec.centreCrop ? cropOffset(resized, spec.centreCrop) : [0, 0];
  const across = picture.width / resized.width;
  const down = picture.height / resized.height;
  return {
    x: left * across,
    y: top * down,
    width: input.width * across,
    height: input.height * down,
  };
}

/** A picture of the size that an encoder takes, and the part of it that is not padding. */
export interface EncoderInput extends Picture {
  content: Size;
}

/**
 * The 8-bit stage: resize, then centre crop or padding. Only what the crop shows is computed, however
 * large the whole resized picture would be.
 * @returns a picture of `inputSize(spec)`
 */
export function resizeAndCrop(picture: Picture, spec: PreprocessSpec): EncoderInput {
  const size = resizedSize(picture, spec.resize);
  const target = inputSize(spec);
  const padded = spec.resize.mode === 'longest-edge-pad';
  const [left, top] = !padded && spec.centreCrop ? cropOffset(size, spec.centreCrop) : [0, 0];
  const window = {
    left: Math.max(0, left),
    top: Math.max(0, top),
    width: Math.min(size.width, left + target.width) - Math.max(0, left),
    height: Math.min(size.height, top + target.height) - Math.max(0, top),
  };
  const part = resample(picture, size, spec.interpolation, window);
  return {
    ...target,
    data: placed(part, window, target, { left, top }),
    content: padded ? size : target,
  };
}

/** A window of a picture in the input that it belongs to, zeros where the picture has no pixel. */
function placed(
  data: Uint8Array,
  window: Window,
  input: Size,
  offset: Pick<Window, 'left' | 'top'>,
) {
  if (window.width === input.width && window.height === input.height) return data;
  const result = new Uint8Array(input.width * input.height * 3);
  const [left, top] = [window.left - offset.left, window.top - offset.top];
  for (let y = 0; y < window.height; y++) {
    const row = data.subarray(y * window.width * 3, (y + 1) * window.width * 3);
    result.set(row, ((top + y) * input.width + left) * 3);
  }
  return result;
}

/**
 * Turns a decoded picture into an encoder's input.
 * @param picture 8-bit RGB, row-major
 * @returns see `toTensor`
 */
export function preprocess(picture: Picture, spec: PreprocessSpec): Float32Array {
  return toTensor(resizeAndCrop(picture, spec), spec);
}

/**
 * The stage of numbers: scaled and normalised.
 * @returns 3 x height x width floats (RGB planes): (value * scale - mean) / std; padding below and
 *   to the right (longest edge) is 0
 */
export function toTensor(
  { width, height, data, content }: EncoderInput,
  spec: PreprocessSpec,
): Float32Array {
  const plane = width * height;
  const tensor = new Float32Array(3 * plane);
  for (let c = 0; c < 3; c++) {
    const mean = Math.fround(spec.mean[c] as number);
    const std = Math.fround(spec.std[c] as number);
    // All 256 results of a channel, in the 32-bit arithmetic of the official processors.
    const table = Float32Array.from({ length: 256 }, (_, value) =>
      Math.fround(Math.fround(Math.fround(value * spec.scale) - mean) / std),
    );
    for (let y = 0; y < content.height; y++) {
      for (let x = 0; x < content.width; x++) {
        const at = y * width + x;
        tensor[c * plane + at] = table[data[at * 3 + c] as number] as number;
      }
    }
  }
  return tensor;
}
