import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { SemblanceError, systemCode, toSemblanceError } from '../errors/error.ts';

/** Longer records are no records: somewhere a quotation mark is not closed. */
const LONGEST_RECORD = 16 * 2 ** 20;
const COMMA = 0x2c;
const NEWLINE = 0x0a;
const QUOTE = 0x22;

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
  private starts = new Int32Array(64);

  /** First byte of field `i`. */
  start(i: number): number {
    return this.starts[i] as number;
  }

  /** Byte behind the last one of field `i`. */
  end(i: number): number {
    return (this.starts[i + 1] as number) - 1;
  }

  /** Field `i` without blanks around it. */
  text(i: number): string {
    return this.bytes.toString('utf8', this.start(i), this.end(i)).trim();
  }

  /** All fields. */
  texts(): string[] {
    return Array.from({ length: this.length }, (_, i) => this.text(i));
  }

  /** Takes the record of these bytes, without its line end. */
  take(bytes: Buffer, start: number, end: number, quoted: boolean): void {
    this.length = 0;
    if (quoted) {
      const fields = parse(bytes.subarray(start, end), { relax_column_count: true })[0] ?? [];
      this.bytes = Buffer.from(fields.join(','));
      let at = 0;
      for (const field of fields) {
        this.push(at);
        at += Buffer.byteLength(field) + 1;
      }
      this.close(at);
      return;
    }
    this.bytes = bytes;
    this.push(start);
    for (let i = start; i < end; i++) if (bytes[i] === COMMA) this.push(i + 1);
    this.close(end + 1);
  }

  private push(start: number): void {
    if (this.length + 1 === this.starts.length) {
      const longer = new Int32Array(2 * this.starts.length);
      longer.set(this.starts);
      this.starts = longer;
    }
    this.starts[this.length] = start;
    this.length += 1;
  }

  private close(behind: number): void {
    this.starts[this.length] = behind;
  }
}

function open(file: string): Readable {
  const stream = createReadStream(file, { highWaterMark: 2 ** 20 });
  if (!file.toLowerCase().endsWith('.gz')) return stream;
  const plain = createGunzip();
  stream.on('error', (error) => plain.destroy(error));
  return stream.pipe(plain);
}

/**
 * Reads a CSV (RFC 4180; also `.gz`, also with a byte order mark) in one pass and little memory.
 * Records with quotation marks are parsed by csv-parse; plain ones, which the study's files consist
 * of, are only cut at their commas, which is several times as fast for 161 columns (bench/labelled-csv.ts).
 *
 * @param begin gets the names of the columns and returns what takes each record after them; empty
 *   lines are left out
 * @throws SemblanceError PATH_NOT_FOUND, PATH_NOT_READABLE, CSV_INVALID, and what the callbacks throw
 */
export async function readCsv(
  file: string,
  begin: (columns: string[]) => (record: CsvRecord) => void,
): Promise<void> {
  const record = new CsvRecord();
  let visit: ((record: CsvRecord) => void) | undefined;
  let line = 1;
  const invalid = (why: string, cause?: unknown) =>
    new SemblanceError('CSV_INVALID', why, { subject: file, cause });

  const take = (data: Buffer, start: number, end: number, quoted: boolean) => {
    const last = data[end - 1] === 0x0d && end > start ? end - 1 : end;
    if (last === start) return;
    record.line = line;
    try {
      record.take(data, start, last, quoted);
    } catch (cause) {
      throw invalid(`Line ${line}: ${cause instanceof Error ? cause.message : cause}`, cause);
    }
    if (visit !== undefined) visit(record);
    else {
      const columns = record.texts();
      const twice = columns.find((name, i) => columns.indexOf(name) !== i);
      if (twice !== undefined) throw invalid(`Two columns are named "${twice}".`);
      visit = begin(columns);
    }
  };

  /** Takes the complete records of the data and returns where the rest begins. */
  const takeAll = (data: Buffer, final: boolean): number => {
    let at = 0;
    let quote = data.indexOf(QUOTE);
    for (;;) {
      if (quote !== -1 && quote < at) quote = data.indexOf(QUOTE, at);
      let end = data.indexOf(NEWLINE, at);
      let lines = 1;
      // A line end between quotation marks belongs to the record.
      let mark = quote;
      let isOpen = false;
      while (mark !== -1 && (isOpen || end === -1 || mark < end)) {
        isOpen = !isOpen;
        mark = data.indexOf(QUOTE, mark + 1);
        while (isOpen && end !== -1 && (mark === -1 || end < mark)) {
          end = data.indexOf(NEWLINE, end + 1);
          lines += 1;
        }
      }
      if (end === -1) {
        if (!final) return at;
        if (isOpen) throw invalid(`Line ${line}: a quotation mark is not closed.`);
        end = data.length;
        if (at >= end) return end;
      }
      take(data, at, end, quote !== -1 && quote < end);
      line += lines;
      at = end + 1;
    }
  };

  try {
    let rest: Buffer = Buffer.alloc(0);
    let isFirst = true;
    for await (const chunk of open(file) as AsyncIterable<Buffer>) {
      let data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      if (isFirst && data.length >= 3) {
        if (data[0] === 0xef && data[1] === 0xbb && data[2] === 0xbf) data = data.subarray(3);
        isFirst = false;
      }
      rest = data.subarray(takeAll(data, false));
      if (rest.length > LONGEST_RECORD) {
        throw invalid(`Line ${line} does not end: a quotation mark may not be closed.`);
      }
    }
    takeAll(rest, true);
  } catch (error) {
    if (systemCode(error)?.startsWith('Z_')) throw invalid('It is not a whole gzip file.', error);
    throw toSemblanceError(error, file);
  }
  if (visit === undefined) throw invalid('It has no rows.');
}
