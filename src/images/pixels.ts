import type { PixelValues } from '../contract/dicom.ts';
import type { BurnedIn } from '../domain/burned-in.ts';

/** What decoding found and did, kept with the image so that a result can be explained. */
export interface Decoding {
  /** File format by content: png, jpeg, webp, tiff, bmp, dicom. */
  format: string;
  /** Bits of one sample in the file. */
  bits: number;
  /** Colour model of the file: grey, grey-alpha, rgb, rgba, palette, cmyk. */
  colour: string;
  /** EXIF orientation that was undone, 1 for none. */
  orientation: number;
  /** Pages or frames in the file; the first is used. */
  pages: number;
  /** For deep samples (more than 8 bits): the values that were mapped linearly to 0 and 255. */
  windowLow?: number;
  windowHigh?: number;
  /** Samples outside of them, taken for hot or dead pixels of the detector; absent for none. */
  clipped?: number;
  /** Float samples that are NaN or infinite; absent for none. */
  notFinite?: number;
  /** Pixels that the file leaves out (BMP with RLE); they have the palette's first colour. */
  undrawn?: number;
  /** DICOM: how the frame was coded. */
  codec?: string;
  /** DICOM: centre and width of each window, in the values that the file measures, and where they are from. */
  window?: string;
  windowFrom?: string;
  /** DICOM: another window was used than was asked for, since the file has none such. */
  windowReplaced?: boolean;
  /** DICOM: how stored values became measured ones, and their unit. */
  rescale?: string;
  unit?: string;
  /** DICOM: low values are white. */
  inverted?: boolean;
  /** DICOM: pixels that are no part of the picture, behind a shutter, and height of a pixel by its width, undone. */
  padding?: number;
  shuttered?: number;
  aspect?: number;
  /** DICOM: regions of an ultrasound picture. */
  regions?: number;
  /** What is known of burned-in text (`BurnedIn`); absent where it was not looked for. */
  burnedIn?: BurnedIn;
  /** Rectangles that are black since they have text: x, y, width and height with commas, one after another. */
  mask?: string;
  /** Version of the rules by which it was read (`READING`); absent for the first. */
  reading?: number;
}

/** A decoded picture: 8-bit RGB, row-major, three samples a pixel. */
export interface Pixels {
  /** Pixels across, after rotation. */
  width: number;
  /** Pixels down, after rotation. */
  height: number;
  /** width x height x 3 bytes. */
  data: Uint8Array;
  decoding: Decoding;
}

/** A decoded picture in its own depth, for display: grey (1) or RGB (3), 8 or 16 bits. */
export interface StoredPixels {
  width: number;
  height: number;
  channels: 1 | 3;
  bits: 8 | 16;
  /** width x height x channels samples, row-major. */
  data: Uint8Array | Uint16Array;
  /** The values to show as black and white at first, as the encoder sees the picture. */
  windowLow: number;
  windowHigh: number;
  /** Of a grey picture of DICOM: what its samples mean. */
  values?: PixelValues;
}
