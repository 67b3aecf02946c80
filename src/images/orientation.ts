import type { Samples } from './samples.ts';

/** Turns a picture upright as its EXIF or TIFF orientation (1 to 8) says. */
export function undoOrientation(samples: Samples): Samples {
  const { width, height, channels, data, decoding } = samples;
  const { orientation } = decoding;
  if (orientation === 1) return samples;
  const swapped = orientation >= 5;
  const fromRight = [2, 3, 7, 8].includes(orientation);
  const fromBelow = [3, 4, 6, 7].includes(orientation);
  // Of a Buffer, `slice` would be the same bytes.
  const out = data instanceof Buffer ? new Uint8Array(data) : data.slice();
  const [newWidth, newHeight] = swapped ? [height, width] : [width, height];
  let to = 0;
  for (let y = 0; y < newHeight; y++) {
    for (let x = 0; x < newWidth; x++) {
      const [across, down] = swapped ? [y, x] : [x, y];
      const column = fromRight ? width - 1 - across : across;
      const row = fromBelow ? height - 1 - down : down;
      const from = (row * width + column) * channels;
      for (let c = 0; c < channels; c++) out[to++] = data[from + c] as number;
    }
  }
  return { ...samples, width: newWidth, height: newHeight, data: out };
}
