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
