import type { BmpHeader } from './bmp-header.ts';
import { damaged } from './samples.ts';

/**
 * A run within one row of the file: `count` pixels from column `x`. Its pixels begin at byte `from`
 * of the codes, one for each (`absolute`) or the same for all (two in turn with 4 bits).
 */
type Run = (row: number, x: number, count: number, from: number, absolute: boolean) => void;

/** Where the codes end: past the last row, at the end of the bitmap they name, or for want of bytes. */
interface End {
  row: number;
  x: number;
  named: boolean;
}

const END_OF_LINE = 0;
const END_OF_BITMAP = 1;
const DELTA = 2;

/** Bytes of one pixel in the codes. */
const PIXEL_BYTES = { rle4: 0.5, rle8: 1, rle24: 3, raw: 0 };

/** Reads the codes; what runs past the end of a row is left out, as browsers do. */
function eachRun({ width, height, coding }: BmpHeader, codes: Uint8Array, run: Run): End {
  const pixelBytes = PIXEL_BYTES[coding];
  const unit = Math.ceil(pixelBytes);
  let row = 0;
  let x = 0;
  let at = 0;
  const draw = (count: number, from: number, absolute: boolean) => {
    const visible = Math.min(count, width - x);
    if (visible > 0) run(row, x, visible, from, absolute);
    x += Math.max(0, visible);
  };
  while (row < height && at + 2 <= codes.length) {
    const count = codes[at] as number;
    const code = codes[at + 1] as number;
    if (count > 0) {
      if (at + 1 + unit > codes.length) break;
      draw(count, at + 1, false);
      at += 1 + unit;
    } else if (code === END_OF_LINE) {
      row++;
      x = 0;
      at += 2;
    } else if (code === END_OF_BITMAP) {
      return { row, x, named: true };
    } else if (code === DELTA) {
      if (at + 4 > codes.length) break;
      x = Math.min(width, x + (codes[at + 2] as number));
      row += codes[at + 3] as number;
      at += 4;
    } else {
      const bytes = Math.ceil(code * pixelBytes);
      if (at + 2 + bytes > codes.length) break;
      draw(code, at + 2, true);
      // Absolute runs fill up to an even number of bytes.
      at += 2 + bytes + (bytes % 2);
    }
  }
  return { row, x, named: false };
}

/**
 * Looks through the codes without drawing, so that a file which holds less than it promises costs
 * nothing.
 * @returns how many pixels the runs draw: deltas and lines that end early leave some out
 * @throws SemblanceError IMAGE_DAMAGED when the codes end before the last row
 */
export function checkRuns(header: BmpHeader, codes: Uint8Array): number {
  const { width, height } = header;
  let drawn = 0;
  const { row, x, named } = eachRun(header, codes, (_row, _x, count) => {
    drawn += count;
  });
  const last = row === height - 1 && (named || x === width);
  if (row < height && !last) {
    throw damaged(undefined, `It ends early: its pixels end in row ${row + 1} of ${height}.`);
  }
  return drawn;
}

/**
 * Draws the runs.
 * @param colours the 256 colours of an index, one or three bytes each; undefined for RLE of 24 bits
 * @param data the picture, as many bytes a pixel as `colours`, three without
 */
export function drawRuns(
  header: BmpHeader,
  codes: Uint8Array,
  colours: Uint8Array | undefined,
  data: Uint8Array,
): void {
  const { width, height, topDown, coding } = header;
  const channels = colours === undefined ? 3 : colours.length / 256;
  eachRun(header, codes, (row, x, count, from, absolute) => {
    let to = ((topDown ? row : height - 1 - row) * width + x) * channels;
    for (let i = 0; i < count; i++) {
      if (colours === undefined) {
        const pixel = from + (absolute ? i * 3 : 0);
        for (let channel = 2; channel >= 0; channel--)
          data[to++] = codes[pixel + channel] as number;
        continue;
      }
      let index: number;
      if (coding === 'rle8') index = codes[absolute ? from + i : from] as number;
      else {
        const byte = codes[absolute ? from + (i >> 1) : from] as number;
        index = i % 2 === 0 ? byte >> 4 : byte & 15;
      }
      for (let channel = 0; channel < channels; channel++) {
        data[to++] = colours[index * channels + channel] as number;
      }
    }
  });
}
