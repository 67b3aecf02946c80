import type { JpegHeader } from './jpeg-header.ts';

type Codecs = typeof import('dcmjs-codecs');

/** What the decoder said while it decoded; libjpeg goes on after damage and only says so. */
let messages: string[] = [];

/**
 * The codecs of dcmjs-codecs (libjpeg-turbo, CharLS as WebAssembly), loaded with the first use.
 * There is one of them in a process: whoever needs it asks here, so that damage is told.
 * @testing
 */
export async function loadCodecs(): Promise<Codecs> {
  const { default: codecs } = await import('dcmjs-codecs');
  if (!codecs.NativeCodecs.isInitialized()) {
    codecs.log.methodFactory = () => (message: string) => messages.push(message);
    codecs.log.setLevel('info', false);
    await codecs.NativeCodecs.initializeAsync({ logCodecsInfo: true, logCodecsTrace: false });
  }
  return codecs;
}

/** Warnings of libjpeg after which a part of the picture is made up. */
export const JPEG_DAMAGE =
  /premature end|bad huffman code|bad arithmetic code|instead of RST|inconsistent progression/i;

/**
 * Decodes a JPEG of more than 8 bits, a lossless one or a JPEG-LS.
 *
 * @param bytes the file; its header has been checked against the limits
 * @returns stored samples, interleaved, colour as RGB
 * @throws Error when the data are damaged or end early
 */
export async function decodeDeepJpeg(
  bytes: Uint8Array,
  { width, height, bits, components, coding }: JpegHeader,
): Promise<Uint8Array | Uint16Array> {
  const { Context, NativeCodecs } = await loadCodecs();
  const size = bits <= 8 ? 1 : 2;
  // The decoder writes where these numbers say: they must be the file's own.
  const context = new Context({
    width,
    height,
    bitsAllocated: size * 8,
    bitsStored: bits,
    samplesPerPixel: components,
    pixelRepresentation: 0,
    planarConfiguration: 0,
    photometricInterpretation: components === 1 ? 'MONOCHROME2' : 'RGB',
    encodedBuffer: bytes,
  });
  messages = [];
  try {
    const decoded =
      coding === 'jpeg-ls'
        ? NativeCodecs.decodeJpegLs(context)
        : NativeCodecs.decodeJpeg(context, { convertColorspaceToRgb: true });
    const damage = messages.find((message) => JPEG_DAMAGE.test(message));
    if (damage !== undefined) throw new Error(damage);
    const data = decoded.getDecodedBuffer();
    if (data === undefined || data.length !== width * height * components * size) {
      throw new Error('The decoder gave another number of samples than the header promises.');
    }
    return size === 1 ? data : new Uint16Array(data.buffer, data.byteOffset, data.length / 2);
  } catch (error) {
    // After a trap its memory may be in any state: the next file gets a fresh one.
    NativeCodecs.release();
    throw error;
  }
}
