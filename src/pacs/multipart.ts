import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Dicer } from '@fastify/busboy';
import { SemblanceError } from '../domain/errors/error.ts';

/** The boundary that a Content-Type names, of a multipart/related answer (PS3.18 section 8.7.1); undefined of another. */
export function boundaryOf(contentType: string | undefined): string | undefined {
  if (!/^\s*multipart\/related\s*(;|$)/i.test(contentType ?? '')) return undefined;
  const match = /;\s*boundary=(?:"([^"]{1,70})"|([^\s";,]{1,70}))/i.exec(contentType ?? '');
  return match?.[1] ?? match?.[2];
}

/**
 * The parts of a multipart body.
 * @param limit of all of them together, in bytes
 * @throws SemblanceError IMAGE_TOO_LARGE; Error where the body ends early or is none
 */
export async function partsOf(
  body: Readable,
  boundary: string,
  limit: number,
): Promise<Uint8Array[]> {
  const parts: Buffer[][] = [];
  let size = 0;
  // A part that it holds back at the end of the body would never end: it holds none back, the limit counts.
  // Its types do not know the option.
  const options: Dicer.Config & { partHwm: number } = { boundary, partHwm: limit + 1 };
  const dicer = new Dicer(options);
  dicer.on('part', (part) => {
    const pieces: Buffer[] = [];
    parts.push(pieces);
    part.on('data', (piece: Buffer) => {
      pieces.push(piece);
      size += piece.length;
      if (size <= limit) return;
      const detail = `It has more than ${limit / 1e6} MB.`;
      dicer.destroy(new SemblanceError('IMAGE_TOO_LARGE', detail));
    });
    // The whole body fails in this case.
    part.on('error', () => undefined);
  });
  await pipeline(body, dicer);
  return parts.map((pieces) => Buffer.concat(pieces));
}

/** Bytes of the headers of a part. */
const MAX_HEADERS = 16_384;

/**
 * The parts of a multipart body, one after the other as they come, each to be read before the next one: what is not is
 * passed over. Headers are of no interest. (The library's parts are held back, and then may never end.)
 * @throws SemblanceError REQUEST_INVALID where the body ends early or is none
 */
export async function* eachPart(
  body: AsyncIterable<Uint8Array>,
  boundary: string,
): AsyncGenerator<AsyncGenerator<Buffer>> {
  const invalid = () =>
    new SemblanceError('REQUEST_INVALID', 'The body is no whole multipart/related.');
  const pieces = body[Symbol.asyncIterator]();
  // A line end belongs to what separates parts (RFC 2046 section 5.1.1), also before the first.
  let held = Buffer.from('\r\n');
  const more = async () => {
    const { done, value } = await pieces.next();
    if (done) throw invalid();
    held = Buffer.concat([held, value]);
  };
  /** Gives what comes before a mark, and takes the mark. */
  async function* before(mark: Buffer): AsyncGenerator<Buffer> {
    for (;;) {
      const at = held.indexOf(mark);
      const end = at < 0 ? held.length - mark.length + 1 : at;
      if (end > 0) {
        const piece = held.subarray(0, end);
        held = held.subarray(end);
        yield piece;
      }
      if (at >= 0) {
        held = held.subarray(mark.length);
        return;
      }
      await more();
    }
  }
  const separator = Buffer.from(`\r\n--${boundary}`);
  for await (const _ of before(separator));
  for (;;) {
    while (held.length < 2) await more();
    if (held.toString('latin1', 0, 2) === '--') return;
    let size = 0;
    for await (const piece of before(Buffer.from('\r\n\r\n'))) {
      size += piece.length;
      if (size > MAX_HEADERS) throw invalid();
    }
    let isOver = false;
    const part = (async function* () {
      yield* before(separator);
      isOver = true;
    })();
    yield part;
    if (isOver) continue;
    for await (const _ of before(separator));
  }
}
