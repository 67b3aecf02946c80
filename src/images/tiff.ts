import { checkJpeg, needsDeepJpeg } from '../codecs/jpeg.ts';
import { readJpegHeader } from '../codecs/jpeg-header.ts';
import { JPEG_DAMAGE } from '../codecs/native.ts';
import type { DecodeLimits } from '../domain/decode-limits.ts';
import { SemblanceError } from '../domain/errors/error.ts';
import { decodeDeepJpeg } from './deep-jpeg.ts';
import { decodeJpeg } from './jpeg.ts';
import { undoOrientation } from './orientation.ts';
import { damaged, type SampleArray, type Samples, unsupported } from './samples.ts';
import { decodeWithSharp } from './sharp.ts';
import { toColour, undoPremultiplication } from './tiff-colour.ts';
import { COMPRESSIONS } from './tiff-compression.ts';
import { readTiffDirectories, TAG, type TiffDirectory } from './tiff-directory.ts';
import { JPEG, OLD_JPEG, readerOf, readTiffLayout, type TiffLayout } from './tiff-layout.ts';
import { arrayFor, reverseBits, toSamples } from './tiff-samples.ts';

/** A strip or tile in the file. */
interface Chunk {
  offset: number;
  count: number;
}

/** Where strips or tiles begin and how long they are; checked to be there at all. */
function readChunks(bytes: Uint8Array, directory: TiffDirectory, layout: TiffLayout) {
  const { width, height, chunkWidth, chunkHeight, tiled, planar, samples } = layout;
  const across = Math.ceil(width / chunkWidth);
  const inPlane = across * Math.ceil(height / chunkHeight);
  const all = inPlane * (planar ? samples : 1);
  const offsets = directory.numbers(tiled ? TAG.tileOffsets : TAG.stripOffsets, all);
  const counts = directory.numbers(tiled ? TAG.tileByteCounts : TAG.stripByteCounts, all);
  if (offsets.length < all) {
    throw new RangeError(`It names ${offsets.length} of its ${all} strips or tiles.`);
  }
  const chunks = offsets.map((offset, i) => {
    // Old writers leave the length out: the data go on until the decoder has enough.
    const count = counts[i] ?? 0;
    const isOpen = count === 0 && (counts.length === 0 || all === 1);
    return { offset, count: isOpen ? Math.max(0, bytes.length - offset) : count };
  });
  const missing = chunks.filter(({ offset, count }) => offset === 0 || count === 0).length;
  if (missing > 0) {
    throw unsupported(`A sparse TIFF: ${missing} of its ${all} strips or tiles hold no data.`);
  }
  if (chunks.some(({ offset }) => offset >= bytes.length)) {
    throw new RangeError('Strips or tiles lie behind the end of the file.');
  }
  return { chunks, across, inPlane };
}

type Chunks = ReturnType<typeof readChunks>;

/** Refuses, before anything is allocated, a header that promises more than the file can hold. */
function checkPromise(bytes: Uint8Array, { chunks }: Chunks, layout: TiffLayout): void {
  const { width, height, samples, type, compression } = layout;
  const held = chunks.reduce(
    (sum, { offset, count }) => sum + Math.min(count, bytes.length - offset),
    0,
  );
  const ratio = COMPRESSIONS.get(compression)?.ratio ?? Number.POSITIVE_INFINITY;
  // Data of no compression are taken where they begin, whatever their length is said to be.
  const most = (compression === 1 ? bytes.length : held) * ratio;
  if ((width * height * samples * type.bits) / 8 > most) {
    throw damaged(
      undefined,
      `Its header promises ${width} x ${height} pixels, which ${bytes.length} bytes cannot hold.`,
    );
  }
}

/** The samples of one strip or tile, whole rows of them, by its place in the file. */
type ReadChunk = (
  chunk: Chunk,
  rows: number,
  perRow: number,
  step: number,
) => SampleArray | Promise<SampleArray>;

function stripReader(bytes: Uint8Array, directory: TiffDirectory, layout: TiffLayout): ReadChunk {
  const { compression, type, chunkHeight, reversed, predictor } = layout;
  const { littleEndian } = directory;
  const codec = COMPRESSIONS.get(compression);
  if (codec === undefined) throw unsupported(`A TIFF with the compression ${compression}.`);
  return ({ offset, count }, rows, perRow, step) => {
    const rowBytes = Math.ceil((perRow * type.bits) / 8);
    const needed = rowBytes * rows;
    const most = rowBytes * chunkHeight;
    const length = compression === 1 ? needed : count;
    let data = bytes.subarray(offset, offset + length);
    if (reversed) data = reverseBits(data.subarray(0, 2 * most + 1024));
    const decoded = codec.decode(data, needed, most);
    if (decoded.length < needed) throw new RangeError('A strip or tile ends early.');
    const rowsOnly = decoded.subarray(0, needed);
    return toSamples(rowsOnly, type, { perRow, step, littleEndian, predictor });
  };
}

/** Puts strips or tiles together: `kept` samples of each pixel, interleaved. */
async function assemble(
  { chunks, across, inPlane }: Chunks,
  layout: TiffLayout,
  read: ReadChunk,
  kept: number,
): Promise<SampleArray> {
  const { width, height, chunkWidth, chunkHeight, tiled, planar, samples, type } = layout;
  const out = arrayFor(type, width * height * kept);
  const perPixel = planar ? 1 : samples;
  const planes = planar ? kept : 1;
  for (let index = 0; index < inPlane * planes; index++) {
    const plane = Math.floor(index / inPlane);
    const place = index % inPlane;
    const left = (place % across) * chunkWidth;
    const top = Math.floor(place / across) * chunkHeight;
    const columns = Math.min(chunkWidth, width - left);
    const rows = Math.min(chunkHeight, height - top);
    const perRow = chunkWidth * perPixel;
    const chunk = chunks[index] as Chunk;
    const data = await read(chunk, tiled ? chunkHeight : rows, perRow, perPixel);
    for (let y = 0; y < rows; y++) {
      const from = y * perRow;
      const to = ((top + y) * width + left) * kept + plane;
      if (perPixel === kept) {
        out.set(data.subarray(from, from + columns * kept), to);
        continue;
      }
      const channels = planar ? 1 : kept;
      for (let x = 0; x < columns; x++) {
        for (let c = 0; c < channels; c++) {
          out[to + x * kept + c] = data[from + x * perPixel + c] as number;
        }
      }
    }
  }
  return out;
}

const bytesOf = (chunk: Chunk, bytes: Uint8Array) =>
  bytes.subarray(chunk.offset, chunk.offset + chunk.count);

/** Whether the JPEG in the first strip or tile is one that libvips does not read. */
function isDeepJpeg(bytes: Uint8Array, { chunks }: Chunks): boolean {
  const header = readJpegHeader(bytesOf(chunks[0] as Chunk, bytes));
  return header !== undefined && needsDeepJpeg(header);
}

/** The decoder guesses by this marker whether three components are RGB (0) or YCbCr (1). */
const adobeMarker = (transform: 0 | 1) =>
  Buffer.from([255, 238, 0, 14, 65, 100, 111, 98, 101, 0, 100, 0, 0, 0, 0, transform]);

/** Reads strips or tiles that are a JPEG each, whose tables the directory has. */
function jpegReader(bytes: Uint8Array, directory: TiffDirectory, layout: TiffLayout): ReadChunk {
  const tables = directory.bytes(TAG.jpegTables);
  // Without their own begin and end markers, both join to one stream.
  const start = [
    Buffer.from([255, 216]),
    adobeMarker(layout.model === 'ycbcr' ? 1 : 0),
    tables.subarray(2, Math.max(2, tables.length - 2)),
  ];
  return async (chunk, rows, perRow, step) => {
    const stream = Buffer.concat([...start, bytesOf(chunk, bytes).subarray(2)]);
    const header = readJpegHeader(stream);
    if (header === undefined) throw new RangeError('A strip or tile of JPEG has no frame.');
    checkJpeg(header, stream.length);
    const { width, height, components, bits } = header;
    const fits = width === perRow / step && components === step && bits === layout.type.bits;
    if (!fits || height < rows || height > layout.chunkHeight) {
      throw new RangeError('A strip or tile of JPEG is not of the size that the tags promise.');
    }
    const data = await decodeDeepJpeg(stream, header);
    return data.subarray(0, rows * perRow);
  };
}

/**
 * The old JPEG of TIFF 6.0 (section 22), of which writers made many variants: read where it is a
 * whole JPEG file inside of the TIFF, as most of them are.
 */
async function decodeOldJpeg(
  bytes: Uint8Array,
  directory: TiffDirectory,
  { width, height, orientation }: TiffLayout,
  limits: DecodeLimits,
): Promise<Samples> {
  const start = directory.number(TAG.jpegInterchange, 0);
  const stream = bytes.subarray(start);
  const header = start > 0 && stream[0] === 0xff ? readJpegHeader(stream) : undefined;
  if (!header?.ended || header.width !== width || header.height !== height) {
    throw unsupported(`A TIFF with this variant of the compression old-style JPEG (${OLD_JPEG}).`);
  }
  const decoded = await decodeJpeg(stream, limits);
  return undoOrientation({ ...decoded, decoding: { ...decoded.decoding, orientation } });
}

async function decodePage(
  bytes: Uint8Array,
  directory: TiffDirectory,
  limits: DecodeLimits,
): Promise<Samples> {
  const layout = readTiffLayout(directory, limits);
  const { compression, model, type, colours, premultiplied, orientation } = layout;
  if (compression === OLD_JPEG) return decodeOldJpeg(bytes, directory, layout, limits);
  const chunks = readChunks(bytes, directory, layout);
  const reader = readerOf(layout, compression === JPEG && isDeepJpeg(bytes, chunks));
  if (reader === 'libvips') {
    // libtiff fills up what is not there.
    if (chunks.chunks.some(({ offset, count }) => offset + count > bytes.length)) {
      throw new RangeError('The file ends before its last strip or tile.');
    }
    return decodeWithSharp(bytes, 'tiff', limits, 'error', JPEG_DAMAGE);
  }
  const isJpeg = reader === 'jpeg-strips';
  if (!isJpeg) checkPromise(bytes, chunks, layout);
  await COMPRESSIONS.get(compression)?.load?.();
  const read = (isJpeg ? jpegReader : stripReader)(bytes, directory, layout);
  const stored = await assemble(chunks, layout, read, colours + (premultiplied ? 1 : 0));
  const samples = premultiplied ? undoPremultiplication(stored, layout) : stored;
  // The decoder of JPEG gives RGB.
  const coloured = isJpeg && model === 'ycbcr' ? { ...layout, model: 'rgb' } : layout;
  return undoOrientation({
    ...toColour(samples, coloured, directory),
    width: layout.width,
    height: layout.height,
    decoding: {
      format: 'tiff',
      bits: type.bits,
      colour: colourName(layout),
      orientation,
      pages: 1,
    },
  });
}

function colourName({ model, colours, samples }: TiffLayout): string {
  if (samples === colours) return model === 'ycbcr' ? 'rgb' : model;
  return { grey: 'grey-alpha', rgb: 'rgba' }[model] ?? model;
}

/**
 * Decodes the first page of a TIFF to its stored values: signed ones stay signed, deep ones deep;
 * docs/pictures.md lists the kinds. Alpha is dropped, the orientation undone.
 *
 * @throws SemblanceError IMAGE_UNSUPPORTED with the kind's name, IMAGE_DAMAGED, IMAGE_TOO_LARGE
 */
export async function decodeTiff(bytes: Uint8Array, limits: DecodeLimits): Promise<Samples> {
  try {
    const { first, pages } = readTiffDirectories(bytes);
    const samples = await decodePage(bytes, first, limits);
    return { ...samples, decoding: { ...samples.decoding, format: 'tiff', pages } };
  } catch (error) {
    throw error instanceof SemblanceError ? error : damaged(error);
  }
}
