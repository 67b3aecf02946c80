import { execFileSync } from 'node:child_process';
import { deflateRawSync, gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeImage } from './decode.ts';
import { HEAD_BYTES, kindOf } from './kind.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');
const zeros = (n: number) => '\0'.repeat(n);

/** A NIfTI-1 or Analyze header of 348 bytes. */
function header348(magic: string, bigEndian = false): Buffer {
  const header = Buffer.alloc(348);
  if (bigEndian) header.writeInt32BE(348);
  else header.writeInt32LE(348);
  header.write(magic, 344, 'latin1');
  return header;
}

/** The head of a ZIP whose first entry has this name. */
function zip(name: string): Buffer {
  const header = Buffer.alloc(30);
  header.write('PK\x03\x04', 'latin1');
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, bytes(name), deflateRawSync('content')]);
}

/** A TGA header. */
function targa(type: number, depth: number): Buffer {
  const header = Buffer.alloc(60, 7);
  header.fill(0, 0, 18);
  header[2] = type;
  header.writeUInt16LE(8, 12);
  header.writeUInt16LE(6, 14);
  header[16] = depth;
  return header;
}

const TABLE: [kind: string, what: string, Buffer][] = [
  ['DICOM', 'preamble', bytes(`${zeros(128)}DICM\x02\0\0\0UL\x04\0`)],
  ['DICOM', 'preamble that is not empty', bytes(`${'x'.repeat(128)}DICM`)],
  ['DICOM', 'magic alone', bytes('DICM\x02\0\0\0UL')],
  ['DICOM', 'no preamble, meta group', bytes('\x02\0\0\0UL\x04\0\xc0\0\0\0')],
  ['DICOM', 'no preamble, explicit', bytes('\x08\0\x05\0CS\x0a\0ISO_IR 100')],
  ['DICOM', 'no preamble, implicit', bytes('\x08\0\x05\0\x0a\0\0\0ISO_IR 100')],
  ['DICOM', 'ACR-NEMA, group length', bytes('\x08\0\0\0\x04\0\0\0\x80\0\0\0')],
  ['DICOM', 'big endian', bytes('\0\x08\0\x05CS\0\x0aISO_IR 100')],
  ['NIfTI', 'one file', header348('n+1\0')],
  ['NIfTI', 'header of a pair, big endian', header348('ni1\0', true)],
  ['NIfTI', 'version 2', bytes(`\x1c\x02\0\0n+2\0\r\n\x1a\n${zeros(500)}`)],
  ['NIfTI', 'compressed', gzipSync(Buffer.concat([header348('n+1\0'), Buffer.alloc(1e6, 3)]))],
  ['Analyze', 'header', header348('\0\0\0\0')],
  ['NRRD', '', bytes('NRRD0004\ntype: short\n')],
  ['MetaImage', '', bytes('ObjectType = Image\nNDims = 3\n')],
  ['MINC (NetCDF)', '', bytes(`CDF\x01${zeros(40)}`)],
  ['HDF5 (MINC 2 among others)', '', bytes(`\x89HDF\r\n\x1a\n${zeros(40)}`)],
  ['Git LFS pointer', '', bytes('version https://git-lfs.github.com/spec/v1\noid sha256:00\n')],
  ['headerless BMP', '', bytes(`\x28\0\0\0\x40\0\0\0\xd0\xff\xff\xff\x01\0\x18\0${zeros(40)}`)],
  ['GIF', '', bytes(`GIF89a${zeros(20)}`)],
  ['JPEG 2000', 'file', bytes(`\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 ${zeros(20)}`)],
  ['JPEG 2000', 'stream', bytes(`\xff\x4f\xff\x51${zeros(20)}`)],
  ['JPEG XL', 'stream', bytes(`\xff\x0a${zeros(20)}`)],
  ['JPEG XL', 'file', bytes(`\0\0\0\x0cJXL \r\n\x87\n${zeros(20)}`)],
  ['HEIC', '', bytes(`\0\0\0\x18ftypheic\0\0\0\0mif1heic`)],
  ['AVIF', '', bytes(`\0\0\0\x1cftypavif\0\0\0\0mif1avifmiaf`)],
  ['MP4 video', '', bytes(`\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41${zeros(9)}`)],
  ['AVI video', '', bytes(`RIFF\0\0\0\0AVI LIST${zeros(9)}`)],
  ['OpenEXR', '', bytes('\x76\x2f\x31\x01\x02\0\0\0')],
  ['PSD', '', bytes(`8BPS\0\x01${zeros(20)}`)],
  ['ICO', '', bytes(`\0\0\x01\0\x01\0${zeros(20)}`)],
  ['PCX', '', bytes(`\x0a\x05\x01\x08${zeros(200)}`)],
  ['Netpbm', 'grey', bytes('P5\n# made by hand\n4 4\n255\n')],
  ['Netpbm', 'floats', bytes('Pf\n4 4\n-1\n')],
  ['TGA', 'colour', targa(2, 24)],
  ['TGA', 'grey, compressed', targa(11, 8)],
  ['SVG', '', bytes('<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>')],
  ['HTML', '', bytes('<!-- saved -->\n<!DOCTYPE html><html></html>')],
  ['XML', '', bytes('<?xml version="1.0"?><a/>')],
  ['JSON', '', bytes('{"a": 1}')],
  ['CSV', 'semicolons, byte order mark', bytes('\xef\xbb\xbffilepath;label\r\na.png;b\r\n')],
  ['CSV', 'UTF-16', Buffer.from('\ufefffilepath\tlabel\na.png\tb\n', 'utf16le')],
  ['text', '', bytes('Hello, world.\nThis is it, then, is it not?\n')],
  ['text', 'a word that begins like a BMP', bytes('BMI of patients\n')],
  ['text', 'Latin-1', bytes('Gr\xf6\xdfe und \xdcberma\xdf der H\xf6he\n')],
  ['text', 'cut within a character', Buffer.from(`${'a'.repeat(HEAD_BYTES - 1)}ä`)],
  ['PDF', '', bytes('%PDF-1.4\n1 0 obj\n')],
  ['ZIP', '', zip('a.png')],
  ['Office', 'DOCX, XLSX', zip('[Content_Types].xml')],
  ['gzip (text)', '', gzipSync('hello '.repeat(99))],
  ['7Z', '', bytes(`7z\xbc\xaf\x27\x1c${zeros(30)}`)],
  ['RAR', '', bytes(`Rar!\x1a\x07\x01\0${zeros(30)}`)],
  ['TAR', '', bytes(`a.png${zeros(252)}ustar\x0000${zeros(240)}`)],
  ['Windows program', '', bytes(`MZ\x90\0${zeros(60)}`)],
  ['ELF program', '', bytes(`\x7fELF\x02\x01\x01${zeros(60)}`)],
  ['SQLite database', 'a collection, too', bytes(`SQLite format 3\0${zeros(60)}`)],
  ['AppleDouble', '', bytes(`\0\x05\x16\x07\0\x02\0\0${zeros(60)}`)],
  ['PNG damaged by a transfer as text', '', bytes(`\x89PNG\n\x1a\n${zeros(20)}`)],
  ['empty', '', Buffer.alloc(0)],
  ['unknown', 'zeros', Buffer.alloc(500)],
  ['unknown', 'noise', Buffer.from(Array.from({ length: 500 }, (_, i) => (i * 151 + 37) % 253))],
];

describe('kindOf', () => {
  it.each(TABLE)('%s: %s', async (kind, _, content) => {
    expect(await kindOf(content)).toBe(kind);
  });

  it('calls every picture that is read by its format', async () => {
    const picture = sharp({ create: { width: 9, height: 9, channels: 3, background: '#777' } });
    const kinds = [];
    for (const format of ['png', 'jpeg', 'webp', 'tiff'] as const) {
      kinds.push(await kindOf(await picture.clone().toFormat(format).toBuffer()));
    }
    expect(kinds).toEqual(['PNG', 'JPEG', 'WebP', 'TIFF']);
  });

  it('bounds what a compressed beginning may become', async () => {
    const bomb = gzipSync(Buffer.alloc(50e6));
    expect(await kindOf(bomb)).toMatch(/^gzip/);
    expect(await kindOf(gzipSync(gzipSync('x')))).toBe('gzip');
  });

  it('agrees with the tools of DICOM, where they are present', async (context) => {
    let file: Buffer;
    try {
      const dump = '(0008,0016) UI =SecondaryCaptureImageStorage\n(0008,0018) UI [1.2.3]\n';
      const shell = 't=$(mktemp -d); cat > $t/d; dump2dcm -q $t/d $t/o; cat $t/o; rm -r $t';
      file = execFileSync('sh', ['-c', shell], { input: dump });
    } catch {
      return context.skip('dump2dcm of DCMTK is absent');
    }
    if (file.length === 0) return context.skip('dump2dcm of DCMTK is absent');
    expect(await kindOf(file)).toBe('DICOM');
  });

  it('stands in the error of a picture that is none', async () => {
    await expect(decodeImage(bytes(`${zeros(128)}DICM`))).rejects.toMatchObject({
      code: 'IMAGE_NOT_RECOGNISED',
      message: 'This is a DICOM file, which is not read.',
    });
    await expect(decodeImage(bytes('<!DOCTYPE html><html>'))).rejects.toThrow('an HTML file');
    await expect(decodeImage(Buffer.alloc(99))).rejects.toThrow('of no known kind');
  });
});
