type Codecs = typeof import('dcmjs-codecs');

/** What the decoders said while they decoded; libjpeg goes on after damage and only says so. */
let messages: string[] = [];

/**
 * The codecs of dcmjs-codecs (libijg, OpenJPEG, OpenJPH, libjxl as WebAssembly), loaded with the
 * first use. There is one of them in a process: whoever needs it asks here, so that damage is told.
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

/** Coded pixels, with what their own header says of them: decoders write where these numbers say. */
export interface Coded {
  bytes: Uint8Array;
  width: number;
  height: number;
  /** Bits of a sample. */
  bits: number;
  components: number;
  signed?: boolean;
}

/** A decoder of the library. */
export type NativeCodec = 'decodeJpeg' | 'decodeJpeg2000' | 'decodeHtJpeg2000' | 'decodeJpegXl';

/**
 * Decodes to interleaved samples of 8 bits, or of 16 where a sample has more than 8.
 *
 * @param damage messages of the decoder after which a part of the picture is made up
 * @param toRgb whether a JPEG in Y, Cb and Cr becomes RGB
 * @throws Error when the data are damaged, end early or make the decoder fail
 */
export async function decodeNative(
  codec: NativeCodec,
  { bytes, width, height, bits, components, signed = false }: Coded,
  { damage, toRgb = false }: { damage: Pick<RegExp, 'test'>; toRgb?: boolean },
): Promise<Uint8Array> {
  const { Context, NativeCodecs } = await loadCodecs();
  const size = bits <= 8 ? 1 : 2;
  const context = new Context({
    width,
    height,
    bitsAllocated: size * 8,
    bitsStored: bits,
    samplesPerPixel: components,
    pixelRepresentation: signed ? 1 : 0,
    planarConfiguration: 0,
    photometricInterpretation: components === 1 ? 'MONOCHROME2' : 'RGB',
    encodedBuffer: bytes,
  });
  messages = [];
  try {
    const decoded =
      codec === 'decodeJpeg'
        ? NativeCodecs.decodeJpeg(context, { convertColorspaceToRgb: toRgb })
        : NativeCodecs[codec](context);
    const said = messages.find((message) => damage.test(message));
    if (said !== undefined) throw new Error(said);
    const data = decoded.getDecodedBuffer();
    if (data === undefined || data.length !== width * height * components * size) {
      throw new Error('The decoder gave another number of samples than the header promises.');
    }
    return data;
  } catch (error) {
    // After a trap its memory may be in any state: the next picture gets a fresh one.
    NativeCodecs.release();
    throw error;
  }
}
