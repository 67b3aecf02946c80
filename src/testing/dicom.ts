import { TAGS } from '../dicom/tags.ts';

/** An element of a made-up file: a keyword or tag, a value representation where it is not the known one, a value. */
export type MadeElement = readonly [
  keyword: keyof typeof TAGS | number,
  value: string | number | readonly number[] | Uint8Array | readonly (readonly MadeElement[])[],
  vr?: string,
];

/** How a made-up file is written. */
export interface MadeEncoding {
  explicit?: boolean;
  little?: boolean;
  /** Whether sequences and items close with delimiters in place of having a length. */
  open?: boolean;
}

const LONG = new Set('OB OD OF OL OV OW SQ SV UC UN UR UT UV'.split(' '));
const SIZES: Record<string, number> = {
  US: 2,
  SS: 2,
  XS: 2,
  OW: 2,
  UL: 4,
  SL: 4,
  FL: 4,
  FD: 8,
  OB: 1,
  OV: 8,
};

function words(numbers: readonly number[]): Buffer {
  return Buffer.concat(numbers.map((n) => Buffer.from([n & 255, n >>> 8])));
}

function number(value: number, vr: string, little: boolean): Buffer {
  const size = SIZES[vr] ?? 2;
  const out = Buffer.alloc(size);
  if (vr === 'FL') out.writeFloatLE(value);
  else if (vr === 'FD') out.writeDoubleLE(value);
  else if (size === 8) out.writeBigInt64LE(BigInt(value));
  else if (size === 4) out.writeUInt32LE(value >>> 0);
  else if (size === 2) out.writeUInt16LE(value & 0xffff);
  else out[0] = value;
  return little ? out : out.reverse();
}

function tagBytes(tag: number, little: boolean): Buffer {
  return Buffer.concat([tag >>> 16, tag & 0xffff].map((part) => number(part, 'US', little)));
}

function item(bytes: Buffer, { little = true, open = false }: MadeEncoding): Buffer {
  const length = number(open ? 0xffffffff : bytes.length, 'UL', little);
  const end = open ? [tagBytes(0xfffee00d, little), Buffer.alloc(4)] : [];
  return Buffer.concat([tagBytes(0xfffee000, little), length, bytes, ...end]);
}

function element(made: MadeElement, encoding: MadeEncoding): Buffer {
  const [keyword, value, given] = made;
  const { explicit = true, little = true, open = false } = encoding;
  const [tag, known] = typeof keyword === 'number' ? [keyword, 'UN'] : TAGS[keyword];
  const vr = given ?? (known === 'XS' ? 'US' : known);
  let bytes: Buffer;
  let isOpen = false;
  if (typeof value === 'string') bytes = Buffer.from(value, 'latin1');
  else if (typeof value === 'number') bytes = number(value, vr, little);
  else if (value instanceof Uint8Array) bytes = Buffer.from(value);
  else if (vr === 'SQ') {
    const items = value as readonly (readonly MadeElement[])[];
    isOpen = open;
    const end = open ? [tagBytes(0xfffee0dd, little), Buffer.alloc(4)] : [];
    bytes = Buffer.concat([
      ...items.map((each) => item(elements(each, encoding), encoding)),
      ...end,
    ]);
  } else bytes = Buffer.concat((value as readonly number[]).map((n) => number(n, vr, little)));
  if (bytes.length % 2 === 1)
    bytes = Buffer.concat([bytes, Buffer.from(vr === 'UI' || vr === 'OB' ? '\0' : ' ')]);
  const length = isOpen ? 0xffffffff : bytes.length;
  if (!explicit) return Buffer.concat([tagBytes(tag, little), number(length, 'UL', little), bytes]);
  const head = LONG.has(vr)
    ? [Buffer.from(`${vr}\0\0`), number(length, 'UL', little)]
    : [Buffer.from(vr), number(length, 'US', little)];
  return Buffer.concat([tagBytes(tag, little), ...head, bytes]);
}

/** The bytes of a data set, its elements in the order given. */
export function elements(made: readonly MadeElement[], encoding: MadeEncoding = {}): Buffer {
  return Buffer.concat(made.map((each) => element(each, encoding)));
}

/**
 * Coded frames in fragments, each in one, behind a basic offset table.
 * @testing
 */
export function fragments(parts: readonly Uint8Array[], table: readonly number[] = []): Buffer {
  const items = [Buffer.concat(table.map((n) => number(n, 'UL', true))), ...parts].map((part) =>
    item(Buffer.concat([part, Buffer.alloc(part.length % 2)]), {}),
  );
  const tag = Buffer.concat([tagBytes(0x7fe00010, true), Buffer.from('OB\0\0')]);
  const end = [tagBytes(0xfffee0dd, true), Buffer.alloc(4)];
  return Buffer.concat([tag, number(0xffffffff, 'UL', true), ...items, ...end]);
}

/** A file with preamble and file meta information. */
export function dicomFile(transferSyntax: string, dataSet: Uint8Array): Buffer {
  const meta = elements([['TransferSyntaxUID', transferSyntax]]);
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), meta, dataSet]);
}

/** Attributes of a small picture of 16 bits without its pixels; those given go before or come in addition. */
export function picture(
  pixels: readonly number[],
  columns: number,
  others: readonly MadeElement[] = [],
): MadeElement[] {
  const given = new Map<MadeElement[0], MadeElement>(others.map((each) => [each[0], each]));
  const usual: MadeElement[] = [
    ['SOPClassUID', '1.2.840.10008.5.1.4.1.1.2'],
    ['Modality', 'OT'],
    ['SamplesPerPixel', 1],
    ['PhotometricInterpretation', 'MONOCHROME2'],
    ['Rows', pixels.length / columns],
    ['Columns', columns],
    ['BitsAllocated', 16],
    ['BitsStored', 16],
    ['HighBit', 15],
    ['PixelRepresentation', 0],
    ['PixelData', words(pixels)],
  ];
  const all = [...usual.filter(([keyword]) => !given.has(keyword)), ...others];
  const tag = ([keyword]: MadeElement) =>
    typeof keyword === 'number' ? keyword : TAGS[keyword][0];
  return all.sort((a, b) => tag(a) - tag(b));
}
