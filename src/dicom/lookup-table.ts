import type { DataSet } from './data-set.ts';
import { damaged } from './errors.ts';
import type { Keyword } from './tags.ts';

/** A look-up table (PS3.3, C.11.1.1): below the first and above the last value, the outermost entries count. */
export interface LookupTable {
  /** The stored value that the first entry is for. */
  first: number;
  entries: Uint8Array | Uint16Array;
  /** Bits of an entry. */
  bits: number;
}

/** Entries as they are written: of 16 bits each, or two of 8 bits in a word. */
function entriesOf(
  item: DataSet,
  keyword: Keyword,
  count: number,
): Uint8Array | Uint16Array | undefined {
  const length = item.element(keyword)?.length ?? 0;
  if (length < count) return undefined;
  const written = item.numbers(keyword);
  if (length >= count * 2) return Uint16Array.from(written.slice(0, count));
  // The first of two entries is the less significant half of its word, in either byte order.
  const isWords = written.length < count;
  const bytes = isWords ? written.flatMap((word) => [word & 255, word >>> 8]) : written;
  return Uint8Array.from(bytes.slice(0, count));
}

/**
 * Reads the table of an item.
 * @param signed whether the values that are looked up can be negative: the first one is, then, as signed as they are,
 *   whatever its representation says
 * @throws SemblanceError DICOM_DAMAGED when it has not the entries that it promises
 */
export function readTable(
  item: DataSet,
  signed: boolean,
  descriptor: Keyword = 'LUTDescriptor',
  data: Keyword = 'LUTData',
): LookupTable | undefined {
  const [length, value, bits] = item.numbers(descriptor);
  if (length === undefined || value === undefined || bits === undefined) return undefined;
  // 0 stands for 65,536; both are never signed, whatever their representation.
  const count = length & 0xffff || 65_536;
  const entries = entriesOf(item, data, count);
  if (entries === undefined) throw damaged('A look-up table has fewer entries than it promises.');
  const depth = bits & 0xffff;
  if (depth < 1 || depth > 16) throw damaged(`A look-up table has entries of ${depth} bits.`);
  return { first: asSigned(value, signed), entries, bits: Math.max(depth, bitsOf(entries)) };
}

/** A number of 16 bits, signed or not, whatever it was read as. */
export function asSigned(value: number, signed: boolean): number {
  return signed ? (value << 16) >> 16 : value & 0xffff;
}

/** Bits that the entries take: some tables say 8 and have entries of 16. */
function bitsOf(entries: Uint8Array | Uint16Array): number {
  let all = 0;
  for (const entry of entries) all |= entry;
  return 32 - Math.clz32(all);
}

/** The entry of a value. */
export function lookUp({ first, entries }: LookupTable, value: number): number {
  const at = Math.round(value) - first;
  return entries[at <= 0 ? 0 : at >= entries.length ? entries.length - 1 : at] as number;
}
