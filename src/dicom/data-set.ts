import { decodeText } from './character-set.ts';
import { dataView, type Element, type ElementReader, isPixelData } from './elements.ts';
import { damaged, tagText } from './errors.ts';
import { type Keyword, TAGS } from './tags.ts';
import type { ValueEncoding } from './transfer-syntax.ts';

/** Elements of one data set; more is an attack. */
const MAX_ELEMENTS = 65_536;
/** Bytes of a value that is read whole: the largest are segmented tables of 65,536 entries. */
const MAX_VALUE = 2 ** 20;
/** Bytes of the offsets of frames. */
const MAX_OFFSETS = 8 * 2 ** 20;
/** Bytes of a text. */
const MAX_TEXT = 2 ** 20;

/** Sizes of binary numbers and how one is read. */
const NUMBERS: Readonly<
  Record<string, readonly [size: number, read: (v: DataView, at: number, le: boolean) => number]>
> = {
  US: [2, (view, at, little) => view.getUint16(at, little)],
  SS: [2, (view, at, little) => view.getInt16(at, little)],
  OW: [2, (view, at, little) => view.getUint16(at, little)],
  UL: [4, (view, at, little) => view.getUint32(at, little)],
  SL: [4, (view, at, little) => view.getInt32(at, little)],
  OL: [4, (view, at, little) => view.getUint32(at, little)],
  FL: [4, (view, at, little) => view.getFloat32(at, little)],
  OF: [4, (view, at, little) => view.getFloat32(at, little)],
  FD: [8, (view, at, little) => view.getFloat64(at, little)],
  OD: [8, (view, at, little) => view.getFloat64(at, little)],
  UV: [8, (view, at, little) => Number(view.getBigUint64(at, little))],
  OV: [8, (view, at, little) => Number(view.getBigUint64(at, little))],
  SV: [8, (view, at, little) => Number(view.getBigInt64(at, little))],
  OB: [1, (view, at) => view.getUint8(at)],
};

/** Where a data set stands in its file. */
interface Place {
  start: number;
  end: number;
  encoding: ValueEncoding;
  depth: number;
  /** Of the data set around it; its own one goes before. */
  characterSet?: string | undefined;
  /** Whether numbers `XS` are signed, as said by the data set around it. */
  signed?: boolean | undefined;
}

/**
 * Attributes of a file, or of an item of a sequence in it, by keyword. Values are read from the file when
 * they are asked for; pixels are no attribute. All calls throw SemblanceError DICOM_DAMAGED for bytes that
 * are not what they promise.
 */
export class DataSet {
  private readonly elements = new Map<number, Element>();
  private readonly encoding: ValueEncoding;
  private readonly depth: number;
  private readonly outer: Pick<Place, 'characterSet' | 'signed'>;
  /** Place behind the last element that was read. */
  readonly end: number;

  /**
   * @param reader of the file
   * @param place what is read; it ends early at pixels
   * @param goesOn whether an element still belongs to it
   */
  constructor(
    private readonly reader: ElementReader,
    place: Place,
    goesOn: (tag: number) => boolean = () => true,
  ) {
    this.encoding = place.encoding;
    this.depth = place.depth;
    this.outer = place;
    let at = place.start;
    let count = 0;
    // Less than an element's header is left: padding.
    while (at + 8 <= place.end) {
      if (!goesOn(reader.tagAt(at, place.encoding))) break;
      const { element, end } = reader.read(at, place.encoding, place.depth);
      if (isPadding(element)) break;
      if (end > place.end) throw damaged('An element is longer than the item that it stands in.');
      at = end;
      count += 1;
      if (count > MAX_ELEMENTS) {
        throw damaged(`A data set of it has more than ${MAX_ELEMENTS} elements.`);
      }
      this.elements.set(element.tag, element);
      if (element.tag === TAGS.PixelData[0] && place.depth === 0) break;
    }
    this.end = at;
  }

  /** How many attributes there are. */
  get size(): number {
    return this.elements.size;
  }

  /** Tags in the order of the file. */
  tags(): Iterable<number> {
    return this.elements.keys();
  }

  has(keyword: Keyword): boolean {
    return this.elements.has(TAGS[keyword][0]);
  }

  /** Where an attribute stands in the file. */
  element(keyword: Keyword): Element | undefined {
    return this.elements.get(TAGS[keyword][0]);
  }

  /** The first value as text; undefined when it is absent or empty. */
  text(keyword: Keyword): string | undefined {
    return this.texts(keyword)[0] || undefined;
  }

  /** All values as texts, without padding; an empty one among others is an empty text. */
  texts(keyword: Keyword): string[] {
    const [tag, known] = TAGS[keyword];
    const element = this.elements.get(tag);
    if (element === undefined || element.length === 0) return [];
    const bytes = this.reader.bytes.view(element.offset, Math.min(element.length, MAX_TEXT));
    const vr = usable(element.vr) ?? known;
    const text = decodeText(bytes, LOCAL_SET.has(vr) ? this.characterSet : undefined, vr);
    return text.split('\\').map((each) => each.replace(/[\0\s]+$/, '').replace(/^\s+/, ''));
  }

  /** The first value as a number; undefined when it is absent or none. */
  number(keyword: Keyword): number | undefined {
    const [value] = this.numbers(keyword);
    return value === undefined || Number.isNaN(value) ? undefined : value;
  }

  /** All values as numbers; NaN for a text that is none. */
  numbers(keyword: Keyword): number[] {
    const [tag, known] = TAGS[keyword];
    const element = this.elements.get(tag);
    if (element === undefined || element.length === 0) return [];
    const vr = this.numeric(usable(element.vr) ?? known, known);
    const kind = NUMBERS[vr];
    if (kind === undefined) {
      return this.texts(keyword).map((text) => (text === '' ? Number.NaN : Number(text)));
    }
    const [size, read] = kind;
    const view = dataView(this.value(element));
    // What is unknown was copied from a file of the default encoding.
    const little = element.vr === 'UN' || this.encoding.little;
    const values: number[] = [];
    for (let at = 0; at + size <= view.byteLength; at += size) values.push(read(view, at, little));
    return values;
  }

  /** The bytes of a value as they are in the file; undefined when it is absent. */
  bytes(keyword: Keyword): Uint8Array | undefined {
    const element = this.element(keyword);
    return element === undefined ? undefined : this.value(element);
  }

  /** The items of a sequence, read one by one. */
  *items(keyword: Keyword): Generator<DataSet> {
    for (const place of this.itemPlaces(keyword)) yield this.itemAt(place);
  }

  /** The first item of a sequence. */
  item(keyword: Keyword): DataSet | undefined {
    for (const item of this.items(keyword)) return item;
    return undefined;
  }

  /** Where the items of a sequence stand, to be read by `itemAt`: for sequences of many items. */
  itemPlaces(keyword: Keyword): Iterable<ItemPlace> {
    const element = this.element(keyword);
    if (element === undefined || isText(element.vr)) return [];
    const encoding = this.reader.innerEncoding(element, this.encoding);
    return places(this.reader, element, encoding, this.depth);
  }

  /** Reads the item at a place. */
  itemAt({ start, end, encoding }: ItemPlace): DataSet {
    const { characterSet, signed } = this;
    const depth = this.depth + 1;
    return new DataSet(this.reader, { start, end, encoding, depth, characterSet, signed });
  }

  /** How a number is written; what is called bytes the dictionary knows better. */
  private numeric(vr: string, known: string): string {
    const meant = vr === 'OB' && known !== 'OB' ? known : vr;
    if (meant !== 'XS') return meant;
    return this.signed ? 'SS' : 'US';
  }

  private get characterSet(): string | undefined {
    const element = this.element('SpecificCharacterSet');
    if (element === undefined || element.length === 0) return this.outer.characterSet;
    return this.texts('SpecificCharacterSet').join('\\');
  }

  private get signed(): boolean {
    return this.has('PixelRepresentation')
      ? this.number('PixelRepresentation') === 1
      : (this.outer.signed ?? false);
  }

  private value({ tag, offset, length }: Element): Uint8Array {
    if (isPixelData(tag)) throw new TypeError('Pixels are no attribute.');
    const most = tag === TAGS.ExtendedOffsetTable[0] ? MAX_OFFSETS : MAX_VALUE;
    if (length > most) throw damaged(`The element ${tagText(tag)} has ${length} bytes.`);
    return this.reader.bytes.view(offset, length);
  }
}

/** Where an item stands. */
export interface ItemPlace {
  start: number;
  end: number;
  encoding: ValueEncoding;
}

function* places(
  reader: ElementReader,
  element: Element,
  encoding: ValueEncoding,
  depth: number,
): Generator<ItemPlace> {
  for (const { start, end } of reader.items(element, encoding, depth)) {
    yield { start, end, encoding };
  }
}

const LOCAL_SET = new Set(['LO', 'LT', 'PN', 'SH', 'ST', 'UC', 'UT', 'UN']);

/** A representation that says something. */
function usable(vr: string | undefined): string | undefined {
  return vr === 'UN' || (vr !== undefined && vr.length !== 2) ? undefined : vr;
}

function isText(vr: string | undefined): boolean {
  return vr !== undefined && vr !== 'SQ' && vr !== 'UN' && vr !== 'OB';
}

/** Zeros behind the data set. */
function isPadding({ tag, length }: Element): boolean {
  return tag === 0 && length === 0;
}
