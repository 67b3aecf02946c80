import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import type { Context } from 'hono';
import { accepts } from 'hono/accepts';
import { etagMatches } from './etag.ts';

const ENCODINGS = { br: promisify(brotliCompress), gzip: promisify(gzip) };

const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  ico: 'image/x-icon',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json',
  png: 'image/png',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
  webmanifest: 'application/manifest+json',
  woff2: 'font/woff2',
};

/** Below this, compressing saves no packet. */
const WORTH_COMPRESSING = 1000;

/** A file of the page, held in memory: it needs no file descriptor, and its compressed forms are made once. */
export class Asset {
  private readonly tag: string;
  private readonly compressed = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();

  /**
   * @param lasting whether its name changes with its content, so that it can be kept for good
   */
  constructor(
    private readonly body: Uint8Array<ArrayBuffer>,
    private readonly type: string,
    private readonly lasting: boolean,
  ) {
    this.tag = createHash('sha256').update(body).digest('base64url').slice(0, 22);
  }

  /** @param ending of its name, which tells its type */
  static read(file: string, lasting = false): Asset {
    const type = TYPES[file.slice(file.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
    return new Asset(new Uint8Array(readFileSync(file)), type, lasting);
  }

  /** Answers a request for it. */
  async respond(context: Context): Promise<Response> {
    const encoding = this.encodingFor(context);
    const etag = encoding === undefined ? `"${this.tag}"` : `"${this.tag}-${encoding}"`;
    const headers: Record<string, string> = {
      'Content-Type': this.type,
      'Cache-Control': this.lasting ? 'public, max-age=31536000, immutable' : 'no-cache',
      ETag: etag,
      ...(this.isCompressible ? { Vary: 'Accept-Encoding' } : {}),
    };
    if (etagMatches(context, etag)) return context.body(null, 304, headers);
    if (encoding === undefined) return context.body(this.body, 200, headers);
    let body = this.compressed.get(encoding);
    if (body === undefined) {
      body = ENCODINGS[encoding](this.body).then((bytes) => new Uint8Array(bytes));
      this.compressed.set(encoding, body);
    }
    return context.body(await body, 200, { ...headers, 'Content-Encoding': encoding });
  }

  private get isCompressible(): boolean {
    return /^text\/|json|svg/.test(this.type) && this.body.length >= WORTH_COMPRESSING;
  }

  private encodingFor(context: Context): keyof typeof ENCODINGS | undefined {
    if (!this.isCompressible) return undefined;
    const chosen = accepts(context, {
      header: 'Accept-Encoding',
      supports: ['br', 'gzip'],
      default: '',
      match: (wanted) => {
        const qualities = new Map(wanted.map(({ type, q }) => [type.toLowerCase(), q]));
        const quality = (name: string) => qualities.get(name) ?? qualities.get('*') ?? 0;
        const [best = ''] = ['br', 'gzip']
          .filter((name) => quality(name) > 0)
          .sort((a, b) => quality(b) - quality(a));
        return best;
      },
    });
    return chosen === 'br' || chosen === 'gzip' ? chosen : undefined;
  }
}

/** The files of a folder and the folders in it, by their path from there: `assets/page.js`. */
export function readAssets(
  folder: string,
  isLasting: (path: string) => boolean,
): [string, Asset][] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const file = join(entry.parentPath, entry.name);
      const path = file.slice(join(folder, '/').length).replaceAll('\\', '/');
      return [path, Asset.read(file, isLasting(path))];
    });
}
