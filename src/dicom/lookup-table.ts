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
  const bytes = item.bytes(keyword);
  if (bytes === undefined) return undefined;
  if (bytes.length >= count * 2) return Uint16Array.from(item.numbers(keyword).slice(0, count));
  return bytes.length >= count ? bytes.slice(0, count) : undefined;
}

/**
 * Reads the table of an item.
 * @throws SemblanceError DICOM_DAMAGED when it has not the entries that it promises
 */
export function readTable(
  item: DataSet,
  descriptor: Keyword = 'LUTDescriptor',
  data: Keyword = 'LUTData',
): LookupTable | undefined {
  const [length, first, bits] = item.numbers(descriptor);
  if (length === undefined || first === undefined || bits === undefined) return undefined;
  // 0 stands for 65,536; both are never signed, whatever their representation.
  const count = length & 0xffff || 65_536;
  const entries = entriesOf(item, data, count);
  if (entries === undefined) throw damaged('A look-up table has fewer entries than it promises.');
  const depth = bits & 0xffff;
  if (depth < 1 || depth > 16) throw damaged(`A look-up table has entries of ${depth} bits.`);
  return { first, entries, bits: depth };
}

/** The entry of a value. */
export function lookUp({ first, entries }: LookupTable, value: number): number {
  const at = Math.round(value) - first;
  return entries[at <= 0 ? 0 : at >= entries.length ? entries.length - 1 : at] as number;
}
