import type { DecodeLimits } from '../domain/decode-limits.ts';
import { type BmpHeader, lowestBit, readBmpHeader } from './bmp-header.ts';
import { checkRuns, drawRuns } from './bmp-rle.ts';
import { checkSize, damaged, type Samples } from './samples.ts';

/**
 * Decodes a BMP of any kind that Windows and OS/2 write uncompressed or with RLE, to the values that
 * Pillow gives. Alpha is dropped; an index without a colour in the palette is black; pixels that RLE
 * leaves out have the palette's first colour (`decoding.undrawn` counts them).
 *
 * The decoder is the project's own: libvips reads no BMP, and of the libraries that do, those of
 * browsers (Skia) lose the colour under alpha and show broken files as whole, ImageMagick's refuses
 * kinds that others write and is thirty times the size of the program.
 *
 * @returns 8-bit samples: 1 channel when the palette is grey, 3 otherwise
 * @throws SemblanceError IMAGE_DAMAGED, IMAGE_UNSUPPORTED, IMAGE_TOO_LARGE
 */
export function decodeBmp(bytes: Uint8Array, limits: DecodeLimits): Samples {
  const header = readBmpHeader(bytes);
  const { width, height, bits, coding, palette, masks, offset } = header;
  checkSize(width, height, limits);
  const pixels = bytes.subarray(offset);
  const isGrey = bits <= 8 && isGreyPalette(palette);
  const decoding = {
    format: 'bmp',
    bits: bits <= 8 ? bits : Math.max(...masks.slice(0, 3).map(depthOf)),
    colour: isGrey ? 'grey' : bits <= 8 ? 'palette' : masks[3] === 0 ? 'rgb' : 'rgba',
    orientation: 1,
    pages: 1,
  };
  const channels = isGrey ? 1 : 3;
  const size = { width, height, channels };
  if (coding === 'raw') {
    checkRows(header, pixels.length);
    const data = new Uint8Array(width * height * channels);
    if (bits <= 8) drawIndices(header, pixels, coloursOf(palette, channels), data);
    else if (bits >= 24 && hasStandardMasks(header)) drawBgr(header, pixels, data);
    else drawMasked(header, pixels, data);
    return { ...size, data, decoding };
  }
  // Before memory is taken for what the header promises.
  const drawn = checkRuns(header, pixels);
  const undrawn = width * height - drawn;
  const data = new Uint8Array(width * height * channels);
  const colours = coding === 'rle24' ? undefined : coloursOf(palette, channels);
  if (colours !== undefined && undrawn > 0) fill(data, colours.subarray(0, channels));
  drawRuns(header, pixels, colours, data);
  return { ...size, data, decoding: undrawn > 0 ? { ...decoding, undrawn } : decoding };
}

/** Rows are padded to four bytes; some writers leave out the padding of the last one. */
function rowBytes({ width, bits }: BmpHeader): number {
  return Math.ceil((width * bits) / 32) * 4;
}

function checkRows(header: BmpHeader, held: number): void {
  const { width, height, bits } = header;
  const needed = rowBytes(header) * (height - 1) + Math.ceil((width * bits) / 8);
  if (held < needed) {
    throw damaged(undefined, `It ends early: its pixels take ${needed} bytes, it has ${held}.`);
  }
}

function isGreyPalette(palette: Uint8Array): boolean {
  for (let i = 0; i < palette.length; i += 3) {
    if (palette[i] !== palette[i + 1] || palette[i] !== palette[i + 2]) return false;
  }
  return true;
}

/** All 256 colours that an index can mean, of one or three bytes each. */
function coloursOf(palette: Uint8Array, channels: number): Uint8Array {
  const colours = new Uint8Array(256 * channels);
  if (channels === 3) colours.set(palette);
  else for (let i = 0; i < palette.length / 3; i++) colours[i] = palette[i * 3] as number;
  return colours;
}

function fill(data: Uint8Array, colour: Uint8Array): void {
  if (colour.every((value) => value === colour[0])) data.fill(colour[0] as number);
  else for (let i = 0; i < data.length; i += colour.length) data.set(colour, i);
}

/** Row of the file that holds row `y` of the picture. */
function storedRow({ height, topDown }: BmpHeader, y: number): number {
  return topDown ? y : height - 1 - y;
}

function drawIndices(
  header: BmpHeader,
  pixels: Uint8Array,
  colours: Uint8Array,
  data: Uint8Array,
): void {
  const { width, height, bits } = header;
  const channels = colours.length / 256;
  const stride = rowBytes(header);
  const mask = 2 ** bits - 1;
  const perByte = 8 / bits;
  let to = 0;
  for (let y = 0; y < height; y++) {
    const row = storedRow(header, y) * stride;
    for (let x = 0; x < width; x++) {
      const byte = pixels[row + Math.floor(x / perByte)] as number;
      const index = bits === 8 ? byte : (byte >> (8 - bits - (x % perByte) * bits)) & mask;
      if (channels === 1) {
        data[to++] = colours[index] as number;
        continue;
      }
      for (let channel = 0; channel < channels; channel++) {
        data[to++] = colours[index * channels + channel] as number;
      }
    }
  }
}

function hasStandardMasks({ masks }: BmpHeader): boolean {
  return masks[0] === 0xff0000 && masks[1] === 0xff00 && masks[2] === 0xff;
}

function drawBgr(header: BmpHeader, pixels: Uint8Array, data: Uint8Array): void {
  const { width, height, bits } = header;
  const stride = rowBytes(header);
  const step = bits / 8;
  let to = 0;
  for (let y = 0; y < height; y++) {
    let from = storedRow(header, y) * stride;
    for (let x = 0; x < width; x++, from += step, to += 3) {
      data[to] = pixels[from + 2] as number;
      data[to + 1] = pixels[from + 1] as number;
      data[to + 2] = pixels[from] as number;
    }
  }
}

/** How many bits a mask has. */
function depthOf(mask: number): number {
  return Math.round(Math.log2(mask / lowestBit(mask) + 1));
}

function drawMasked(header: BmpHeader, pixels: Uint8Array, data: Uint8Array): void {
  const { width, height, bits, masks } = header;
  const stride = rowBytes(header);
  const step = bits / 8;
  const channels = masks.slice(0, 3).map((mask) => {
    const largest = mask / lowestBit(mask);
    return { mask, shift: Math.log2(lowestBit(mask)), scale: largest === 0 ? 0 : 255 / largest };
  });
  let to = 0;
  for (let y = 0; y < height; y++) {
    let from = storedRow(header, y) * stride;
    for (let x = 0; x < width; x++, from += step) {
      let pixel = 0;
      for (let byte = step - 1; byte >= 0; byte--) {
        pixel = (pixel << 8) | (pixels[from + byte] as number);
      }
      for (const { mask, shift, scale } of channels) {
        // Rounded down, as Pillow does; the small sum undoes what 255 / largest lost.
        data[to++] = ((pixel & mask) >>> shift) * scale + 1e-6;
      }
    }
  }
}
