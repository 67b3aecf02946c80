import type { MiddlewareHandler } from 'hono';
import { SemblanceError } from '../errors/error.ts';
import { BusyError } from './fair-queue.ts';

/** So many parts may a form have: a filter of ten thousand values and the other fields. */
export const MAX_PARTS = 10_100;

/** How bodies of requests are read. */
export interface BodyLimits {
  /** Largest body in bytes. */
  maxBytes: number;
  /** Bytes of all bodies that are held at a time. */
  maxHeld: number;
  /** A body that has come more slowly than this many bytes a second is refused ... */
  minRate: number;
  /** ... after so many milliseconds. */
  grace: number;
}

/** How bodies are read unless something else is asked for. */
export function bodyLimits(maxBytes: number): BodyLimits {
  return { maxBytes, maxHeld: Math.max(4 * maxBytes, 256e6), minRate: 1024, grace: 10_000 };
}

/** The value of `boundary` in a Content-Type; undefined when it has none. */
function boundaryOf(type: string): string | undefined {
  const found = /;\s*boundary=(?:"([^"]{1,70})"|([^\s";,]{1,70}))\s*(?:;|$)/i.exec(type);
  return found?.[1] ?? found?.[2];
}

/**
 * Reads the form that a request brings: within limits of size, time and parts, before anything else is
 * done for the request.
 */
export function formBody(limits: BodyLimits): MiddlewareHandler {
  let held = 0;
  return async (context, next) => {
    const type = context.req.header('content-type') ?? '';
    if (!/^multipart\/form-data\s*(;|$)/i.test(type)) {
      throw new SemblanceError(
        'MEDIA_TYPE_NOT_SUPPORTED',
        'A body of multipart/form-data is taken.',
      );
    }
    if (/;\s*charset=(?!"?utf-?8"?\s*(;|$))/i.test(type)) {
      throw new SemblanceError('MEDIA_TYPE_NOT_SUPPORTED', 'Its text has to be UTF-8.');
    }
    if (/\S/.test(context.req.header('content-encoding') ?? '')) {
      throw new SemblanceError('MEDIA_TYPE_NOT_SUPPORTED', 'The body must not be compressed.');
    }
    const boundary = boundaryOf(type);
    if (boundary === undefined) {
      throw new SemblanceError('REQUEST_INVALID', 'The Content-Type names no boundary.');
    }
    const tooLarge = () =>
      new SemblanceError('UPLOAD_TOO_LARGE', `The limit is ${limits.maxBytes / 1e6} MB.`);
    if (Number(context.req.header('content-length') ?? 0) > limits.maxBytes) throw tooLarge();
    let size = 0;
    try {
      const pieces: Uint8Array[] = [];
      const countParts = partsCounter(boundary);
      for await (const piece of piecesOf(context.req.raw, limits)) {
        size += piece.length;
        held += piece.length;
        if (size > limits.maxBytes) throw tooLarge();
        if (held > limits.maxHeld) throw new BusyError('Other uploads fill the memory.');
        countParts(piece);
        pieces.push(piece);
      }
      context.req.bodyCache.formData = await parseForm(joined(pieces, size), type);
      // Read as it is; further parameters of the type concern nobody any more.
      context.req.raw.headers.set('Content-Type', 'multipart/form-data');
      await next();
    } finally {
      held -= size;
    }
  };
}

/** The pieces of a body as they come. */
async function* piecesOf(request: Request, limits: BodyLimits): AsyncGenerator<Uint8Array> {
  const reader = request.body?.getReader();
  if (reader === undefined) return;
  const begun = performance.now();
  let size = 0;
  let tooSlow: () => void = () => undefined;
  const slow = new Promise<never>((_, reject) => {
    tooSlow = () => {
      const seconds = (performance.now() - begun) / 1000;
      if (seconds * 1000 < limits.grace || size >= seconds * limits.minRate) return;
      reject(new SemblanceError('REQUEST_TIMEOUT', 'The body came too slowly.'));
    };
  });
  slow.catch(() => undefined);
  const timer = setInterval(tooSlow, Math.min(1000, limits.grace));
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), slow]).catch((error) => {
        if (error instanceof SemblanceError) throw error;
        throw new SemblanceError('REQUEST_ABANDONED', 'The body ended before its end.');
      });
      if (done) return;
      size += value.length;
      yield value;
    }
  } finally {
    clearInterval(timer);
  }
}

/**
 * Counts the parts of a form while its pieces come, so that a long body is not looked through at once.
 * @returns takes the next piece, and throws FILTER_TOO_LARGE when there are too many
 */
function partsCounter(boundary: string): (piece: Uint8Array) => void {
  const mark = `--${boundary}`;
  let parts = 0;
  let rest: Uint8Array = new Uint8Array();
  return (piece) => {
    const text = Buffer.concat([rest, piece]);
    let from = 0;
    for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, from)) {
      from = at + mark.length;
      parts += 1;
      // The last mark ends the form.
      if (parts > MAX_PARTS + 1) {
        throw new SemblanceError(
          'FILTER_TOO_LARGE',
          `The form has more than ${MAX_PARTS.toLocaleString('en-GB')} parts.`,
        );
      }
    }
    // A mark can lie across two pieces.
    rest = text.subarray(Math.max(from, text.length - mark.length + 1));
  };
}

function joined(pieces: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

async function parseForm(bytes: Uint8Array<ArrayBuffer>, type: string): Promise<FormData> {
  try {
    return await new Response(bytes, { headers: { 'Content-Type': type } }).formData();
  } catch (error) {
    throw new SemblanceError('REQUEST_INVALID', 'The body is no whole multipart/form-data.', {
      cause: error,
    });
  }
}
