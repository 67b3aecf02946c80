import type { DataSet } from './data-set.ts';
import { damaged, unsupported } from './errors.ts';
import type { StoredFrame } from './instance.ts';
import { asSigned, type LookupTable, lookUp, readTable } from './lookup-table.ts';
import type { PixelDescription } from './pixel-description.ts';

const COLOURS = ['Red', 'Green', 'Blue'] as const;

/** Entries of a segmented table (PS3.3, C.7.9.2): runs, lines and repeated segments. */
function segmentedTable(
  attributes: DataSet,
  colour: (typeof COLOURS)[number],
  signed: boolean,
): LookupTable | undefined {
  const [length, first, bits] = attributes.numbers(`${colour}PaletteColorLookupTableDescriptor`);
  const data = `Segmented${colour}PaletteColorLookupTableData` as const;
  const isBytes = bits === 8;
  const words = isBytes ? (attributes.bytes(data) ?? []) : attributes.numbers(data);
  if (length === undefined || first === undefined || words.length === 0) return undefined;
  const entries = new Uint16Array(length & 0xffff || 65_536);
  let filled = 0;
  const put = (value: number) => {
    if (filled < entries.length) entries[filled++] = value;
  };
  const expand = (from: number, segments: number, isRepeated: boolean): void => {
    let at = from;
    for (let i = 0; i < segments && at + 1 < words.length && filled < entries.length; i++) {
      const [code, count] = [words[at] as number, words[at + 1] as number];
      if (count === 0) throw damaged('A segmented palette has a segment of no entry.');
      at += 2;
      if (code === 0) {
        for (const value of words.slice(at, at + count)) put(value);
        at += count;
      } else if (code === 1) {
        const [start, end] = [entries[filled - 1] ?? 0, words[at] ?? 0];
        for (let j = 1; j <= count; j++) put(Math.round(start + ((end - start) * j) / count));
        at += 1;
      } else if (code === 2) {
        // The place of what is repeated, in bytes, least significant part first.
        const [parts, base] = isBytes ? [4, 256] : [2, 65_536];
        const place = [...words.slice(at, at + parts)].reduceRight(
          (sum, part) => sum * base + part,
          0,
        );
        at += parts;
        // What is repeated may not repeat again.
        if (!isRepeated) expand(isBytes ? place : place / 2, count, true);
      } else throw damaged('A segmented palette has a segment of an unknown kind.');
    }
  };
  expand(0, Number.POSITIVE_INFINITY, false);
  if (filled < entries.length)
    throw damaged('A segmented palette has fewer entries than it promises.');
  return { first: asSigned(first, signed), entries, bits: (bits ?? 16) & 0xffff };
}

function paletteOf(attributes: DataSet, signed: boolean): LookupTable[] {
  return COLOURS.map((colour) => {
    const table =
      segmentedTable(attributes, colour, signed) ??
      readTable(
        attributes,
        signed,
        `${colour}PaletteColorLookupTableDescriptor`,
        `${colour}PaletteColorLookupTableData`,
      );
    if (table === undefined) throw damaged('It has no palette for its colours.');
    return table;
  });
}

/** Bits to drop of an entry: some writers fill tables of 16 bits with values of 8. */
function excessBits({ entries, bits }: LookupTable): number {
  return bits > 8 && entries.some((entry) => entry > 255) ? bits - 8 : 0;
}

function fromPalette(
  { data }: StoredFrame,
  attributes: DataSet,
  { signed }: PixelDescription,
  used: (n: number) => number,
): Uint8Array {
  const tables = paletteOf(attributes, signed);
  const shift = Math.max(...tables.map(excessBits));
  const out = new Uint8Array(data.length * 3);
  for (let i = 0, to = 0; i < data.length; i++) {
    const index = used(data[i] as number);
    for (const table of tables) out[to++] = lookUp(table, index) >> shift;
  }
  return out;
}

/** Y, Cb and Cr of full range become red, green and blue (PS3.3, C.7.6.3.1.2). */
function fromYbr(data: Uint8Array, partial: boolean): Uint8Array {
  const out = new Uint8ClampedArray(data.length);
  for (let i = 0; i + 2 < data.length; i += 3) {
    const [y, blue, red] = [
      data[i] as number,
      (data[i + 1] as number) - 128,
      (data[i + 2] as number) - 128,
    ];
    const light = partial ? (y - 16) * (255 / 219) : y;
    const scale = partial ? 255 / 224 : 1;
    out[i] = light + 1.402 * red * scale;
    out[i + 1] = light - (0.344136 * blue + 0.714136 * red) * scale;
    out[i + 2] = light + 1.772 * blue * scale;
  }
  return new Uint8Array(out.buffer);
}

/**
 * The colours of a frame in 8-bit RGB.
 * @param used takes the bits that are used out of a stored sample
 * @throws SemblanceError DICOM_DAMAGED, DICOM_UNSUPPORTED
 */
export function toRgb(
  frame: StoredFrame,
  attributes: DataSet,
  pixels: PixelDescription,
  used: (sample: number) => number,
): Uint8Array {
  if (frame.photometric === 'PALETTE COLOR') return fromPalette(frame, attributes, pixels, used);
  const { data, photometric } = frame;
  const { stored } = pixels;
  const bytes = new Uint8Array(data.length);
  const scale = stored <= 8 ? 255 / (2 ** stored - 1) : 2 ** (8 - stored);
  for (let i = 0; i < data.length; i++) bytes[i] = Math.floor(used(data[i] as number) * scale);
  switch (photometric) {
    case 'RGB':
    case 'YBR_RCT':
    case 'YBR_ICT':
      return bytes;
    case 'YBR_FULL':
    case 'YBR_FULL_422':
      return fromYbr(bytes, false);
    case 'YBR_PARTIAL_422':
    case 'YBR_PARTIAL_420':
      return fromYbr(bytes, true);
    default:
      throw unsupported(`Colours as ${photometric}.`);
  }
}
