import type { Coded } from './native.ts';

/** What is used of @cornerstonejs/codec-charls, which has no types of its own. */
interface Charls {
  JpegLSDecoder: new () => {
    /** A view of the decoder's memory, to be filled. */
    getEncodedBuffer(length: number): Uint8Array;
    decode(): void;
    getFrameInfo(): {
      width: number;
      height: number;
      bitsPerSample: number;
      componentCount: number;
    };
    getInterleaveMode(): number;
    /** A view of the decoder's memory; clamped where a sample has 8 bits. */
    getDecodedBuffer(): Uint8Array | Uint8ClampedArray;
    delete(): void;
  };
}

let loading: Promise<Charls> | undefined;

const END = [0xff, 0xd9];
const EVENTS = ['uncaughtException', 'unhandledRejection'] as const;

/** Loads CharLS with the first use; the one in dcmjs-codecs traps on files that are whole. */
function loadCharls(): Promise<Charls> {
  loading ??= import('@cornerstonejs/codec-charls/decodewasmjs').then(({ default: start }) => {
    const before = EVENTS.map((event) => process.listeners(event as 'uncaughtException'));
    const started = start({ print: () => undefined, printErr: () => undefined }) as Promise<Charls>;
    // What goes wrong elsewhere in the program is none of its business.
    EVENTS.forEach((event, i) => {
      for (const listener of process.listeners(event as 'uncaughtException')) {
        if (!before[i]?.includes(listener)) process.removeListener(event, listener);
      }
    });
    return started;
  });
  return loading;
}

/**
 * Decodes a JPEG-LS to samples of 8 bits, or of 16 where a sample has more than 8, interleaved.
 * @throws Error when the data are damaged or end early
 */
export async function decodeCharls(coded: Coded): Promise<Uint8Array> {
  const { bytes, width, height, bits, components } = coded;
  const { JpegLSDecoder } = await loadCharls();
  let decoder: InstanceType<Charls['JpegLSDecoder']> | undefined;
  try {
    decoder = new JpegLSDecoder();
    const encoded = decoder.getEncodedBuffer(bytes.length + END.length);
    encoded.set(bytes);
    // Without an end the decoder may go on into memory that is not the picture's, for minutes.
    encoded.set(END, bytes.length);
    decoder.decode();
    const frame = decoder.getFrameInfo();
    const size = bits <= 8 ? 1 : 2;
    const data = new Uint8Array(decoder.getDecodedBuffer());
    const isWhole =
      frame.width === width &&
      frame.height === height &&
      frame.componentCount === components &&
      frame.bitsPerSample === bits &&
      data.length === width * height * components * size;
    if (!isWhole) throw new Error('The decoder gave another picture than the header promises.');
    const isPlanar = components > 1 && decoder.getInterleaveMode() === 0;
    return isPlanar ? interleaved(data, width * height, components, size) : data;
  } catch (error) {
    // After a trap its memory may be in any state: the next picture gets a fresh one.
    if (error instanceof WebAssembly.RuntimeError) {
      loading = undefined;
      decoder = undefined;
    }
    throw error instanceof Error ? error : new Error('CharLS refuses the data.');
  } finally {
    decoder?.delete();
  }
}

function interleaved(
  planes: Uint8Array,
  pixels: number,
  components: number,
  size: number,
): Uint8Array {
  const out = new Uint8Array(planes.length);
  for (let component = 0, from = 0; component < components; component++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      const to = (pixel * components + component) * size;
      for (let byte = 0; byte < size; byte++) out[to + byte] = planes[from++] as number;
    }
  }
  return out;
}
