import { createReadStream, statSync } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { SemblanceError, systemCode, toSemblanceError } from '../domain/errors/error.ts';
import { CsvFault, type CsvRecord, RecordReader } from './csv-records.ts';
import { encodingOf, foreignKind, isGzip, type Separator, sniffSeparator } from './csv-sniff.ts';

export type { CsvRecord } from './csv-records.ts';

/** Longer records are no records: somewhere a quotation mark is not closed. */
const LONGEST_RECORD = 16 * 2 ** 20;
/** So much of a file decides how it is read. */
const HEAD = 64 * 2 ** 10;

/** How a table was read. */
export interface CsvForm {
  /** What stands between two fields. */
  separator: Separator;
  encoding: 'utf-8' | 'utf-16le' | 'utf-16be';
  /** Records that are not UTF-8 and were therefore read as Windows-1252, and the line of the first one. */
  recoded: number;
  firstRecoded: number;
}

/** A stream with what was already taken of it put back. */
async function* again(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

/** The first bytes of a stream, and whether they are all of it. */
async function takeHead(chunks: AsyncIterator<Buffer>): Promise<{ head: Buffer; whole: boolean }> {
  const taken: Buffer[] = [];
  for (let length = 0; length < HEAD; ) {
    const { done, value } = await chunks.next();
    if (done) return { head: Buffer.concat(taken), whole: true };
    taken.push(value);
    length += value.length;
  }
  return { head: taken.length === 1 ? (taken[0] as Buffer) : Buffer.concat(taken), whole: false };
}

async function* decoded(
  chunks: AsyncIterable<Buffer>,
  encoding: 'utf-16le' | 'utf-16be',
): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of chunks) yield Buffer.from(decoder.decode(chunk, { stream: true }));
  yield Buffer.from(decoder.decode());
}

/**
 * Reads a table of text (RFC 4180) in one pass and little memory: with commas, semicolons, tabs or bars,
 * which the first lines or Excel's `sep=;` decide; UTF-8, UTF-16 or, record by record, Windows-1252; lines
 * that end in LF, CR LF or CR; a byte order mark before any record; plain or packed by gzip.
 * Records without quotation marks, which the study's files consist of, are only cut at their separators
 * (bench/labelled-csv.ts). Empty lines are left out; unlike in RFC 4180, blanks may stand before and behind
 * a quoted field, and a quotation mark inside of an unquoted one is a character like others.
 *
 * @param begin gets the names of the columns and returns what takes each record after them
 * @param onBytes how much of the file is read, packed as it may be
 * @throws SemblanceError PATH_NOT_FOUND, PATH_NOT_READABLE, CSV_INVALID (also for a workbook, an archive and
 *   the like, which the content tells), and what the callbacks throw
 */
export async function readCsv(
  file: string,
  begin: (columns: string[]) => (record: CsvRecord) => void,
  onBytes?: (done: number, total: number) => void,
): Promise<CsvForm> {
  const invalid = (why: string, cause?: unknown) =>
    new SemblanceError('CSV_INVALID', why, { subject: file, cause });
  const refuse = (head: Buffer) => {
    const kind = foreignKind(head);
    if (kind !== undefined) throw invalid(kind);
  };
  const stream = createReadStream(file, { highWaterMark: 2 ** 20 });
  try {
    const size = statSync(file).size;
    let chunks: AsyncIterator<Buffer> = stream[Symbol.asyncIterator]();
    let { head, whole } = await takeHead(chunks);
    if (isGzip(head)) {
      const plain = createGunzip();
      pipeline(Readable.from(again(head, chunks)), plain, () => undefined);
      chunks = plain[Symbol.asyncIterator]();
      ({ head, whole } = await takeHead(chunks));
    }
    refuse(head);
    const encoding = encodingOf(head);
    if (encoding === 'utf-32') throw invalid('It is UTF-32: save it as UTF-8.');
    let blocks: AsyncIterable<Buffer> = again(head, chunks);
    if (encoding !== 'utf-8') {
      const text = decoded(blocks, encoding);
      ({ head, whole } = await takeHead(text));
      blocks = again(head, text);
    }
    const { separator, announced } = sniffSeparator(head, whole);
    const form: CsvForm = { separator, encoding, recoded: 0, firstRecoded: 0 };
    let skip = announced;
    let visit: ((record: CsvRecord) => void) | undefined;
    const reader = new RecordReader(separator, (record) => {
      if (skip) {
        skip = false;
        return;
      }
      if (record.recoded) {
        if (form.recoded === 0) form.firstRecoded = record.line;
        form.recoded += 1;
      }
      if (visit !== undefined) visit(record);
      else if (record.damaged) throw invalid(`Line ${record.line} holds NUL bytes: it is no text.`);
      else {
        const columns = record.texts();
        const twice = columns.find((name, i) => name !== '' && columns.indexOf(name) !== i);
        if (twice !== undefined) throw invalid(`Two columns are named "${twice}".`);
        visit = begin(columns);
      }
    });
    let rest: Buffer = Buffer.alloc(0);
    for await (const chunk of blocks) {
      const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      rest = data.subarray(reader.take(data, false));
      onBytes?.(stream.bytesRead, size);
      if (rest.length > LONGEST_RECORD) {
        throw invalid(`Line ${reader.line} does not end: a quotation mark may not be closed.`);
      }
    }
    reader.take(rest, true);
    if (visit === undefined) throw invalid('It is empty.');
    return form;
  } catch (error) {
    if (systemCode(error)?.startsWith('Z_')) throw invalid('It is not a whole gzip file.', error);
    if (error instanceof CsvFault) throw invalid(error.message, error);
    throw toSemblanceError(error, file);
  } finally {
    stream.destroy();
  }
}
