import { once } from 'node:events';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import type { Context, MiddlewareHandler } from 'hono';
import { SemblanceError } from '../domain/errors/error.ts';
import { BusyError } from './fair-queue.ts';

/** So many parts may a form have: a search with a file for each part of its query, and to spare. */
const MAX_PARTS = 300;

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

/**
 * Reads bodies piece by piece, each and all of them together within limits; what is held counts until the request ends.
 */
function boundedReader(limits: BodyLimits) {
  let held = 0;
  return async (
    { req }: Context,
    take: (piece: Uint8Array) => Promise<void> | void,
    next: () => Promise<void>,
  ): Promise<void> => {
    if (/\S/.test(req.header('content-encoding') ?? '')) {
      throw new SemblanceError('MEDIA_TYPE_NOT_SUPPORTED', 'The body must not be compressed.');
    }
    const tooLarge = () =>
      new SemblanceError('UPLOAD_TOO_LARGE', `The limit is ${limits.maxBytes / 1e6} MB.`);
    if (Number(req.header('content-length') ?? 0) > limits.maxBytes) throw tooLarge();
    let size = 0;
    try {
      for await (const piece of piecesOf(req.raw, limits)) {
        size += piece.length;
        held += piece.length;
        if (size > limits.maxBytes) throw tooLarge();
        if (held > limits.maxHeld) throw new BusyError('Other uploads fill the memory.');
        await take(piece);
      }
      await next();
    } finally {
      held -= size;
    }
  };
}

/** @throws SemblanceError MEDIA_TYPE_NOT_SUPPORTED for a body that is not of the type, or whose text is not UTF-8 */
function requireType(type: string, wanted: string): void {
  if (!new RegExp(`^${wanted}\\s*(;|$)`, 'i').test(type)) {
    throw new SemblanceError('MEDIA_TYPE_NOT_SUPPORTED', `A body of ${wanted} is taken.`);
  }
  if (/;\s*charset=(?!"?utf-?8"?\s*(;|$))/i.test(type)) {
    throw new SemblanceError('MEDIA_TYPE_NOT_SUPPORTED', 'Its text has to be UTF-8.');
  }
}

/**
 * Reads the form that a request brings: within limits of size, time and parts, before anything else is
 * done for the request.
 */
export function formBody(limits: BodyLimits): MiddlewareHandler {
  const read = boundedReader(limits);
  return async (context, next) => {
    const type = context.req.header('content-type') ?? '';
    requireType(type, 'multipart/form-data');
    if (!/;\s*boundary=(?:"[^"]{1,70}"|[^\s";,]{1,70})\s*(?:;|$)/i.test(type)) {
      throw new SemblanceError('REQUEST_INVALID', 'The Content-Type names no boundary.');
    }
    const form = new FormReader(type);
    const take = (piece: Uint8Array) => form.take(piece);
    await read(context, take, async () => {
      context.req.bodyCache.formData = await form.end();
      // Read as it is; further parameters of the type concern nobody any more.
      context.req.raw.headers.set('Content-Type', 'multipart/form-data');
      await next();
    });
  };
}

/** Reads the JSON that a request brings, within limits of size and time; `req.text()` and `req.json()` give it. */
export function jsonBody(limits: BodyLimits): MiddlewareHandler {
  const read = boundedReader(limits);
  return async (context, next) => {
    requireType(context.req.header('content-type') ?? '', 'application/json');
    const collected = new Collected();
    const take = (piece: Uint8Array) => collected.add(piece);
    await read(context, take, async () => {
      const text = new TextDecoder().decode(collected.value);
      // Whoever reads it waits for it.
      context.req.bodyCache.text = Promise.resolve(text) as unknown as string;
      await next();
    });
  };
}

/**
 * The pieces of a body as they come.
 * @throws SemblanceError REQUEST_TIMEOUT, REQUEST_ABANDONED
 */
export async function* piecesOf(
  request: Request,
  limits: Pick<BodyLimits, 'grace' | 'minRate'>,
): AsyncGenerator<Uint8Array> {
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

/** A file of a form, whose bytes are at hand: those of a `Blob` would be copied twice, in one go. */
class FormFile extends File {
  override readonly size: number;

  /** @param content its bytes */
  constructor(
    readonly content: Uint8Array<ArrayBuffer>,
    name: string,
  ) {
    super([], name);
    this.size = content.length;
  }

  override async arrayBuffer(): Promise<ArrayBuffer> {
    return this.content.slice().buffer;
  }
}

/** The bytes of a file that came with a form. */
export async function bytesOf(file: File): Promise<Uint8Array<ArrayBuffer>> {
  return file instanceof FormFile ? file.content : new Uint8Array(await file.arrayBuffer());
}

/** Bytes that come piece by piece, copied as they come: tens of MB in one go would hold the server. */
class Collected {
  private length = 0;
  private bytes = new Uint8Array(0);

  add(piece: Uint8Array): void {
    const { length } = this;
    if (length + piece.length > this.bytes.length) {
      const wider = new Uint8Array(Math.max(2 * this.bytes.length, length + piece.length));
      wider.set(this.bytes.subarray(0, length));
      this.bytes = wider;
    }
    this.bytes.set(piece, length);
    this.length += piece.length;
  }

  get value(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.length);
  }
}

/** Reads a form piece by piece, so that a large one does not hold the server when it is complete. */
class FormReader {
  private readonly form = new FormData();
  private readonly parser: BusboyInstance;
  private readonly done: Promise<void>;

  /** @param type the request's Content-Type */
  constructor(type: string) {
    this.parser = new Busboy({
      headers: { 'content-type': type },
      limits: { parts: MAX_PARTS, fieldSize: Number.POSITIVE_INFINITY },
      // As FormData has it (RFC 7578, 4.2); a type alone makes no file.
      isPartAFile: (_field, _type, filename) => filename !== undefined,
    });
    this.parser.on('field', (name, value) => this.form.append(name, value));
    this.parser.on('file', (name, stream, filename) => {
      const content = new Collected();
      stream.on('data', (piece: Buffer) => content.add(piece));
      stream.on('end', () => this.form.append(name, new FormFile(content.value, filename)));
      // That the body ends early is told by the parser.
      stream.on('error', () => undefined);
    });
    this.done = new Promise((resolve, reject) => {
      this.parser.once('partsLimit', () =>
        reject(new SemblanceError('REQUEST_INVALID', `The form has more than ${MAX_PARTS} parts.`)),
      );
      this.parser.once('finish', resolve);
      this.parser.once('error', (cause) =>
        reject(
          new SemblanceError('REQUEST_INVALID', 'The body is no whole multipart/form-data.', {
            cause,
          }),
        ),
      );
    });
    this.done.catch(() => undefined);
  }

  /** @throws SemblanceError REQUEST_INVALID */
  async take(piece: Uint8Array): Promise<void> {
    if (this.parser.write(piece)) return;
    await Promise.race([this.done, once(this.parser, 'drain')]);
  }

  /** @throws SemblanceError as `take` */
  async end(): Promise<FormData> {
    this.parser.end();
    await this.done;
    return this.form;
  }
}
