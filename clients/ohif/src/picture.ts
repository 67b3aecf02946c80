import type { LoadedImage, Viewport } from './host.ts';

type Shown = ReturnType<Viewport['getProperties']>;

const first = (value: number | readonly number[] | undefined) =>
  typeof value === 'object' ? value[0] : value;

/**
 * The pixels of an image as they are shown: in its own size, in the window of the viewport, with nothing drawn on them.
 * @returns RGBA, row by row
 */
export function shownPixels(image: LoadedImage, shown: Shown): Uint8ClampedArray<ArrayBuffer> {
  const pixels = image.getPixelData();
  const count = image.rows * image.columns;
  const out = new Uint8ClampedArray(4 * count).fill(255);
  if (image.color) {
    const channels = Math.round(pixels.length / count);
    for (let i = 0; i < count; i++) {
      for (let channel = 0; channel < 3; channel++) {
        out[4 * i + channel] = pixels[channels * i + channel] ?? 0;
      }
    }
    return out;
  }
  const grey = greyOf(image, shown);
  for (let i = 0; i < count; i++) out.fill(grey(pixels[i] ?? 0), 4 * i, 4 * i + 3);
  return out;
}

/** From a stored value to the grey of the screen, 0 to 255 (PS3.3, C.11.2.1.2 and C.11.2.1.3.1). */
function greyOf(image: LoadedImage, { voiRange, VOILUTFunction, invert }: Shown) {
  const centre = first(image.windowCenter) ?? 128;
  const half = (first(image.windowWidth) ?? 256) / 2;
  const { lower, upper } = voiRange ?? { lower: centre - half, upper: centre + half };
  const isScaled = image.preScale?.scaled ?? false;
  const [slope, intercept] = isScaled ? [1, 0] : [image.slope ?? 1, image.intercept ?? 0];
  const width = Math.max(upper - lower, Number.MIN_VALUE);
  return (stored: number) => {
    const share = (stored * slope + intercept - lower) / width;
    const bent = VOILUTFunction === 'SIGMOID' ? 1 / (1 + Math.exp(-4 * (share - 0.5))) : share;
    const grey = Math.min(Math.max(bent, 0), 1) * 255;
    return invert ? 255 - grey : grey;
  };
}

/** Pixels as a PNG. */
export async function toPng(
  pixels: Uint8ClampedArray<ArrayBuffer>,
  width: number,
  height: number,
): Promise<File> {
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')?.putImageData(new ImageData(pixels, width, height), 0, 0);
  return new File([await canvas.convertToBlob({ type: 'image/png' })], 'frame.png');
}
