import { isUtf8 } from 'node:buffer';

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const QUOTE = 0x22;
const BLANK = 0x20;
const TAB = 0x09;
const MARK = Buffer.from('\ufeff');

/** What makes a text no CSV from some line on; the message names the line. */
export class CsvFault extends Error {}

/** What Windows-1252 has for the bytes 80 to 9f; else it is Latin-1. Node's own decoder takes both for one. */
const WINDOWS_1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

function windows1252(bytes: Buffer): string {
  const marked = bytes.subarray(0, MARK.length).equals(MARK);
  return bytes
    .toString('latin1', marked ? MARK.length : 0)
    .replaceAll(/[\x80-\x9f]/g, (byte) => WINDOWS_1252.charAt(byte.charCodeAt(0) - 0x80));
}

/**
 * One record of a CSV, as bytes: wide rows of 0 and 1 are judged without making strings of them.
 * It is reused for the next record, so nothing may keep it.
 */
export class CsvRecord {
  /** Line of the file that it begins on, from 1. */
  line = 0;
  /** Number of fields. */
  length = 0;
  bytes: Buffer = Buffer.alloc(0);
  /** Whether it is no UTF-8, so that its text is read as Windows-1252. */
  recoded = false;
  /** Whether it holds NUL bytes, which no text does. */
  damaged = false;
  private starts = new Int32Array(64);

  /** First byte of field `i`. */
  start(i: number): number {
    return this.starts[i] as number;
  }

  /** Byte behind the last one of field `i`. */
  end(i: number): number {
    return (this.starts[i + 1] as number) - 1;
  }

  /** Field `i` without blanks and byte order marks around it. */
  text(i: number): string {
    const start = this.start(i);
    const end = this.end(i);
    return (
      this.recoded
        ? windows1252(this.bytes.subarray(start, end))
        : this.bytes.toString('utf8', start, end)
    ).trim();
  }

  /** All fields. */
  texts(): string[] {
    return Array.from({ length: this.length }, (_, i) => this.text(i));
  }

  /** Begins a record whose fields lie in these bytes, a separator between two of them. */
  begin(bytes: Buffer): void {
    this.bytes = bytes;
    this.length = 0;
  }

  /** Adds a field that begins at this byte. */
  push(start: number): void {
    if (this.length + 1 === this.starts.length) {
      const longer = new Int32Array(2 * this.starts.length);
      longer.set(this.starts);
      this.starts = longer;
    }
    this.starts[this.length] = start;
    this.length += 1;
  }

  /** Ends the last field before this byte. */
  close(behind: number): void {
    this.starts[this.length] = behind + 1;
  }
}

/** Cuts blocks of bytes into records. */
export class RecordReader {
  /** Line that the next record begins on. */
  line = 1;
  private readonly record = new CsvRecord();
  /** Fields of a record with quotation marks, without them. */
  private scratch = Buffer.alloc(1024);
  private readonly separator: number;

  /**
   * @param separator one ASCII character
   * @param visit takes each record; false ends the reading
   */
  constructor(
    separator: string,
    private readonly visit: (record: CsvRecord) => unknown,
  ) {
    this.separator = separator.charCodeAt(0);
  }

  /**
   * Takes the complete records of a block and returns where the rest begins.
   * @param final whether nothing follows
   * @throws CsvFault for a quotation mark without its like
   */
  take(data: Buffer, final: boolean): number {
    let at = 0;
    let quote = data.indexOf(QUOTE);
    let turn = data.indexOf(RETURN);
    const last = final ? data.length : lastLineEnd(data) + 1;
    const plain = isUtf8(data.subarray(0, last)) && data.indexOf(0) === -1;
    while (at < data.length) {
      if (quote !== -1 && quote < at) quote = data.indexOf(QUOTE, at);
      if (turn !== -1 && turn < at) turn = data.indexOf(RETURN, at);
      let end = data.indexOf(NEWLINE, at);
      // Old systems end lines by CR alone. One that ends the block may be half of CR LF.
      if (turn !== -1 && (end === -1 || turn < end - 1)) {
        if (turn + 1 === data.length && !final) return at;
        end = turn;
      }
      if (end === -1) {
        if (!final && quote === -1) return at;
        end = data.length;
      }
      const begun = this.line;
      if (quote !== -1 && quote < end) {
        const scanned = this.scan(data, at, final);
        if (scanned === -1) return at;
        end = scanned;
      } else if (end === data.length && !final) return at;
      else this.cut(data, at, data[end - 1] === RETURN && end > at ? end - 1 : end);
      this.line += 1;
      const next = data[end] === RETURN && data[end + 1] === NEWLINE ? end + 2 : end + 1;
      if (!this.give(begun, plain ? undefined : data.subarray(at, end))) return next;
      at = next;
    }
    return Math.min(at, data.length);
  }

  /** Hands a record over, unless its line is blank; returns whether to go on. */
  private give(line: number, doubtful: Buffer | undefined): boolean {
    const { record } = this;
    const isOne = record.length === 1;
    if (isOne && (record.end(0) === record.start(0) || record.text(0) === '')) return true;
    record.line = line;
    record.recoded = doubtful !== undefined && !isUtf8(doubtful);
    record.damaged = doubtful?.includes(0) ?? false;
    return this.visit(record) !== false;
  }

  /** A record without quotation marks: its fields stay where they are. */
  private cut(data: Buffer, start: number, end: number): void {
    const { record, separator } = this;
    record.begin(data);
    record.push(start);
    for (let i = start; i < end; i++) if (data[i] === separator) record.push(i + 1);
    record.close(end);
  }

  /** A record with quotation marks: returns where its line ends, -1 when it is not complete. */
  private scan(data: Buffer, start: number, final: boolean): number {
    const { record, separator } = this;
    const begun = this.line;
    let line = begun;
    if (this.scratch.length < data.length - start) this.scratch = Buffer.alloc(data.length - start);
    const out = this.scratch;
    let length = 0;
    let i = data.subarray(start, start + 3).equals(MARK) ? start + 3 : start;
    const isBlank = (byte: number) => byte === BLANK || (byte === TAB && separator !== TAB);
    const incomplete = () => {
      if (final) {
        throw new CsvFault(`Line ${begun}: a quotation mark is not closed.`);
      }
      return -1;
    };
    record.begin(out);
    record.push(0);
    for (;;) {
      // At the beginning of a field.
      let first = i;
      while (first < data.length && isBlank(data[first] as number)) first += 1;
      if (data[first] === QUOTE) {
        i = first + 1;
        for (;;) {
          const close = data.indexOf(QUOTE, i);
          if (close === -1) return incomplete();
          for (; i < close; i++) {
            const byte = data[i] as number;
            out[length++] = byte;
            if (byte === NEWLINE || (byte === RETURN && data[i + 1] !== NEWLINE)) line += 1;
          }
          i = close + 1;
          if (data[i] !== QUOTE) break;
          out[length++] = QUOTE;
          i += 1;
        }
        while (i < data.length && isBlank(data[i] as number)) i += 1;
      } else {
        for (; i < data.length; i++) {
          const byte = data[i] as number;
          if (byte === separator || byte === NEWLINE || byte === RETURN) break;
          out[length++] = byte;
        }
      }
      const byte = data[i];
      if (byte === separator) {
        i += 1;
        length += 1;
        record.push(length);
        continue;
      }
      if (byte === undefined ? !final : byte === RETURN && i + 1 === data.length && !final) {
        return -1;
      }
      if (byte !== undefined && byte !== NEWLINE && byte !== RETURN) {
        throw new CsvFault(
          `Line ${begun}: text follows a closing quotation mark, or one before it is not closed.`,
        );
      }
      record.close(length);
      this.line = line;
      return i;
    }
  }
}

function lastLineEnd(data: Buffer): number {
  return Math.max(data.lastIndexOf(NEWLINE), data.lastIndexOf(RETURN));
}
