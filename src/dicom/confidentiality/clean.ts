import { decodeText } from '../character-set.ts';
import { daysBefore } from '../dates.ts';
import { type Element, type ElementReader, ITEM, isPixelData, SEQUENCE_END } from '../elements.ts';
import { damaged } from '../errors.ts';
import { knownVr, TAGS } from '../tags.ts';
import type { ValueEncoding } from '../transfer-syntax.ts';
import { ElementWriter, type WrittenElement } from '../write.ts';
import { actionOf, dummyOf, isDated, profileVr } from './profile.ts';

/** What stands for what tells a person. */
export interface Replacements {
  /** A UID for each; those of the standard are never asked for. */
  uid(uid: string): string;
  /** Name and number of the patient. */
  patient: string;
  /** By how many days dates are moved back; undefined: they go. */
  days?: number | undefined;
}

const STANDARD = '1.2.840.10008.';
/** Representations of free text, and codes that are of no consequence for reading an object. */
const TEXTS = new Set(['LO', 'LT', 'SH', 'ST', 'UC', 'UT', undefined]);
const CODES = new Set<number>([TAGS.BodyPartExamined[0], TAGS.ViewPosition[0]]);
/** Bytes of a text that is looked through. */
const MAX_TEXT = 65_536;

/** Applies the profile to the elements of a data set and of the sequences in it. */
export class Cleaner {
  constructor(
    private readonly reader: ElementReader,
    private readonly replaced: Replacements,
    /** Whether a text names the person; the profile leaves some attributes in which it could. */
    private readonly names: (text: string) => boolean,
    /** Of the object, see `decodeText`. */
    private readonly characterSet: string,
  ) {}

  /**
   * The elements that stay, in the order of their tags, up to pixels.
   * @returns with where the pixels of the picture stand, from their tag to behind their end
   * @throws SemblanceError DICOM_DAMAGED
   */
  clean(
    place: { start: number; end: number },
    encoding: ValueEncoding,
    depth = 0,
  ): { elements: WrittenElement[]; pixels?: { start: number; end: number } } {
    const elements: WrittenElement[] = [];
    let pixels: { start: number; end: number } | undefined;
    for (let at = place.start; at + 8 <= place.end && pixels === undefined; ) {
      const { element, end } = this.reader.read(at, encoding, depth);
      if (element.tag === 0 && element.length === 0) break;
      if (end > place.end) throw damaged('An element is longer than the item that it stands in.');
      if (isPixelData(element.tag) && depth === 0) {
        pixels = { start: at, end: element.open ? this.endOfFragments(element, encoding) : end };
      } else {
        const kept = this.kept(element, { start: at, end }, encoding, depth);
        if (kept !== undefined) elements.push(kept);
      }
      at = end;
    }
    elements.sort((a, b) => a.tag - b.tag);
    return { elements, ...(pixels && { pixels }) };
  }

  private kept(
    element: Element,
    { start, end }: { start: number; end: number },
    encoding: ValueEncoding,
    depth: number,
  ): WrittenElement | undefined {
    const { tag, vr } = element;
    // Lengths of groups, which are retired and would not fit any more.
    if ((tag & 0xffff) === 0) return undefined;
    const writer = new ElementWriter(encoding);
    const action = actionOf(tag);
    const isMoved = this.replaced.days !== undefined && isDated(tag);
    if (action === 'X' && !isMoved) return undefined;
    const written = vr ?? profileVr(tag) ?? knownVr(tag) ?? 'UN';
    if (this.isSequence(element, encoding)) {
      const items =
        action === 'Z' ? [] : action === 'D' ? [[]] : this.items(element, encoding, depth);
      const inner = this.reader.innerEncoding(element, encoding);
      // Other readers take items of an unknown representation for implicit ones.
      return writer.sequence(tag, inner === encoding ? 'SQ' : (vr ?? 'SQ'), items, inner);
    }
    const meant = vr === undefined || vr === 'UN' ? (profileVr(tag) ?? knownVr(tag)) : vr;
    if (isMoved) return this.moved(element, writer, written, meant);
    if (action === 'U') return writer.element(tag, written, this.uids(element));
    if (tag === TAGS.PatientName[0] || tag === TAGS.PatientID[0]) {
      return writer.element(tag, written, this.replaced.patient);
    }
    if (action === 'D') return writer.element(tag, written, dummyOf(meant));
    // Names of persons that the profile does not list.
    if (action === 'Z' || meant === 'PN') return writer.element(tag, written, '');
    if (this.isNaming(element, meant)) return writer.element(tag, written, '');
    return { tag, bytes: this.reader.bytes.view(start, end - start).slice() };
  }

  private isNaming({ tag, offset, length }: Element, vr: string | undefined): boolean {
    if ((!TEXTS.has(vr) && !CODES.has(tag)) || length > MAX_TEXT) return false;
    const bytes = this.reader.bytes.view(offset, length);
    return this.names(decodeText(bytes, this.characterSet, vr ?? 'UN'));
  }

  private items(element: Element, encoding: ValueEncoding, depth: number): WrittenElement[][] {
    const inner = this.reader.innerEncoding(element, encoding);
    return [...this.reader.items(element, inner, depth)].map(
      (item) => this.clean(item, inner, depth + 1).elements,
    );
  }

  /** A sequence may not say that it is one: then its value begins as that of one. */
  private isSequence(element: Element, encoding: ValueEncoding): boolean {
    const { vr, open, length, offset } = element;
    if (vr === 'SQ' || open) return true;
    if ((vr !== undefined && vr !== 'UN') || length < 8) return false;
    const inner = this.reader.innerEncoding(element, encoding);
    const tag = this.reader.tagAt(offset, inner);
    if (tag !== ITEM && tag !== SEQUENCE_END) return false;
    const size = this.reader.bytes.uint32(offset + 4, inner.little);
    return size === 0xffffffff || size + 8 <= length;
  }

  private text({ offset, length }: Element): string {
    const bytes = this.reader.bytes.view(offset, length);
    return Buffer.from(bytes).toString('latin1');
  }

  private uids(element: Element): string {
    return this.text(element)
      .split('\\')
      .map((each) => each.replaceAll(/[\0 ]/g, ''))
      .map((each) => (each === '' || each.startsWith(STANDARD) ? each : this.replaced.uid(each)))
      .join('\\');
  }

  private moved(
    element: Element,
    writer: ElementWriter,
    written: string,
    meant: string | undefined,
  ): WrittenElement {
    const { days = 0 } = this.replaced;
    const values = this.text(element)
      .split('\\')
      .map((each) => each.replaceAll('\0', '').trim())
      .map((each) => {
        if (meant === 'TM') return /^[\d:.]*$/.test(each) ? each : '';
        if (meant === 'DA') return daysBefore(each, days) ?? '';
        const day = daysBefore(each.slice(0, 8), days);
        return day !== undefined && /^[\d.+-]*$/.test(each) ? day + each.slice(8) : '';
      });
    return writer.element(element.tag, written, values.join('\\'));
  }

  private endOfFragments({ offset }: Element, encoding: ValueEncoding): number {
    for (let at = offset; ; ) {
      const { tag, length } = this.reader.itemHeader(at, encoding);
      at += 8;
      if (tag === SEQUENCE_END) return at;
      if (tag !== ITEM) throw damaged('Its pixels are not fragments to their end.');
      at += length;
    }
  }
}
