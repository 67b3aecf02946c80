import { RecordReader } from './csv-records.ts';

/** What may stand between two fields, the most usual first. */
const SEPARATORS = [',', ';', '\t', '|'] as const;
export type Separator = string;

/** Records that decide on the separator. */
const SAMPLE = 20;

/** Whether bytes begin a gzip file. */
export function isGzip(head: Buffer): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

const SHEET = 'save the sheet as CSV (UTF-8)';
const UNPACK = 'unpack it first; only gzip is unpacked by itself';
const EXPORT = 'write its table as CSV';

/** Beginnings of files that are no CSV: what they are, and what to do. */
const FOREIGN: readonly [magic: string, kind: string, remedy: string][] = [
  ['d0cf11e0a1b11ae1', 'an old Excel workbook (.xls)', SHEET],
  ['504b0506', 'an empty ZIP archive', UNPACK],
  ['50415231', 'a Parquet file', EXPORT],
  ['4152524f5731', 'an Arrow file', EXPORT],
  ['894844460d0a1a0a', 'an HDF5 file', EXPORT],
  ['53514c69746520666f726d6174203300', 'an SQLite database', EXPORT],
  ['934e554d5059', 'a NumPy file', EXPORT],
  ['80', 'a Python pickle', EXPORT],
  ['425a68', 'packed by bzip2', UNPACK],
  ['fd377a585a00', 'packed by xz', UNPACK],
  ['28b52ffd', 'packed by zstd', UNPACK],
  ['377abcaf271c', 'a 7z archive', UNPACK],
  ['526172211a07', 'a RAR archive', UNPACK],
  ['25504446', 'a PDF', EXPORT],
  ['89504e470d0a1a0a', 'a PNG picture', 'name the table of the images'],
  ['ffd8ff', 'a JPEG picture', 'name the table of the images'],
];

/** Why bytes are the beginning of no CSV, if that is plain to see. */
export function foreignKind(head: Buffer): string | undefined {
  const say = (kind: string, remedy: string) => `It is ${kind}, no CSV: ${remedy}.`;
  if (head.subarray(0, 4).equals(Buffer.from('PK\x03\x04'))) {
    const text = head.toString('latin1');
    if (text.includes('oasis.opendocument')) return say('an OpenDocument spreadsheet', SHEET);
    if (text.includes('xl/') || text.includes('[Content_Types].xml')) {
      return say('an Excel workbook (.xlsx)', SHEET);
    }
    return say('a ZIP archive', UNPACK);
  }
  const found = FOREIGN.find(([magic]) =>
    head.subarray(0, magic.length / 2).equals(Buffer.from(magic, 'hex')),
  );
  // Windows-1252 has a character of this number, so that only a pickle's second byte decides.
  if (found !== undefined && (found[0] !== '80' || (head[1] ?? 9) <= 5)) {
    return say(found[1], found[2]);
  }
  const text = head.toString('utf8', 0, 200).trim();
  if (/^<(!doctype|html|\?xml)/i.test(text)) {
    return say('a page of HTML or XML', 'fetch or export the table again');
  }
  if (/^(\{\s*["}]|\[\s*[[{\]])/.test(text)) return say('JSON', EXPORT);
  if (text.startsWith('version https://git-lfs')) {
    return say('a pointer of Git LFS', 'run `git lfs pull` for the file itself');
  }
  return undefined;
}

/** The encoding by the byte order mark, or else by where the NUL bytes of plain letters stand. */
export function encodingOf(head: Buffer): 'utf-8' | 'utf-16le' | 'utf-16be' | 'utf-32' {
  const hex = head.toString('hex', 0, 4);
  if (hex === 'fffe0000' || hex === '0000feff') return 'utf-32';
  if (hex.startsWith('fffe')) return 'utf-16le';
  if (hex.startsWith('feff')) return 'utf-16be';
  const sample = head.subarray(0, 4096);
  const zeros = [0, 0];
  for (const [i, byte] of sample.entries()) {
    if (byte === 0) zeros[i % 2] = (zeros[i % 2] as number) + 1;
  }
  const [even = 0, odd = 0] = zeros.map((count) => (2 * count) / Math.max(2, sample.length));
  if (even > 0.4 && odd > 0.4) return 'utf-32';
  if (odd > 0.4) return 'utf-16le';
  if (even > 0.4) return 'utf-16be';
  return 'utf-8';
}

/**
 * What stands between the fields: as Excel's first line `sep=;` announces it, or the one by which most of
 * the first records have as many fields as the header; of equals, the one with the most fields.
 */
export function sniffSeparator(
  head: Buffer,
  whole: boolean,
): { separator: Separator; announced: boolean } {
  const announced = /^\ufeff*"?sep=([^\w\s"]|\t)"?\s*?[\r\n]/i.exec(head.toString('utf8', 0, 32));
  if (announced) return { separator: announced[1] as string, announced: true };
  let best: { separator: Separator; fits: number; fields: number } | undefined;
  for (const separator of SEPARATORS) {
    const lengths: number[] = [];
    const reader = new RecordReader(separator, (record) => {
      lengths.push(record.length);
      return lengths.length <= SAMPLE;
    });
    try {
      reader.take(head, whole);
    } catch {
      // What was read before the fault decides.
    }
    const [fields = 0, ...rows] = lengths;
    if (fields < 2) continue;
    const fits = rows.filter((length) => length === fields).length / Math.max(1, rows.length);
    if (!best || fits > best.fits || (fits === best.fits && fields > best.fields)) {
      best = { separator, fits, fields };
    }
  }
  return { separator: best?.separator ?? ',', announced: false };
}
