import { ITEM, LONG } from './elements.ts';
import { EXPLICIT, type ValueEncoding } from './transfer-syntax.ts';

/** UID of this program as a writer of files and as a partner of associations. */
export const IMPLEMENTATION_UID = '2.25.281706331402413427925867713929163470321';

/** An element of a data set, as its bytes. */
export interface WrittenElement {
  tag: number;
  bytes: Uint8Array;
}

/** Writes elements in one encoding (PS3.5, 7.1). */
export class ElementWriter {
  constructor(private readonly encoding: ValueEncoding) {}

  /** @param charset of a text; more than ASCII has to be what the Specific Character Set says */
  element(
    tag: number,
    vr: string,
    value: string | Uint8Array,
    charset: 'latin1' | 'utf8' = 'latin1',
  ): WrittenElement {
    const raw = typeof value === 'string' ? Buffer.from(value, charset) : value;
    const pad = vr === 'UI' || typeof value !== 'string' ? 0 : 0x20;
    const padded = raw.length % 2 === 0 ? raw : Buffer.concat([raw, Buffer.from([pad])]);
    return { tag, bytes: Buffer.concat([this.head(tag, vr, padded.length), padded]) };
  }

  /** @param encoding of the items */
  sequence(
    tag: number,
    vr: string,
    items: readonly (readonly WrittenElement[])[],
    encoding = this.encoding,
  ): WrittenElement {
    const inner = new ElementWriter(encoding);
    const written = items.map((elements) => {
      const bytes = Buffer.concat(elements.map((each) => each.bytes));
      return Buffer.concat([inner.itemHead(bytes.length), bytes]);
    });
    return this.element(tag, vr, Buffer.concat(written));
  }

  private itemHead(length: number): Buffer {
    return new ElementWriter({ ...this.encoding, explicit: false }).head(ITEM, '', length);
  }

  private head(tag: number, vr: string, length: number): Buffer {
    const { explicit, little } = this.encoding;
    const isLong = explicit && LONG.has(vr);
    const head = Buffer.alloc(isLong ? 12 : 8);
    const put16 = (value: number, at: number) =>
      little ? head.writeUInt16LE(value, at) : head.writeUInt16BE(value, at);
    const put32 = (value: number, at: number) =>
      little ? head.writeUInt32LE(value, at) : head.writeUInt32BE(value, at);
    put16(tag >>> 16, 0);
    put16(tag & 0xffff, 2);
    if (explicit) head.write(vr, 4, 'latin1');
    if (isLong) put32(length, 8);
    else if (explicit) put16(length, 6);
    else put32(length, 4);
    return head;
  }
}

/** Preamble and file meta information (PS3.10 section 7.1), which stand before a data set in a file. */
export function fileHead(transferSyntax: string, sopClass: string, instance: string): Buffer {
  const writer = new ElementWriter(EXPLICIT);
  const meta = Buffer.concat(
    [
      writer.element(0x00020001, 'OB', Uint8Array.of(0, 1)),
      writer.element(0x00020002, 'UI', sopClass),
      writer.element(0x00020003, 'UI', instance),
      writer.element(0x00020010, 'UI', transferSyntax),
      writer.element(0x00020012, 'UI', IMPLEMENTATION_UID),
    ].map(({ bytes }) => bytes),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(meta.length);
  const group = writer.element(0x00020000, 'UL', length).bytes;
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), group, meta]);
}
