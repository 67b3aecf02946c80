import type { Readable } from 'node:stream';
import { SemblanceError } from '../../domain/errors/error.ts';
import {
  type Agent,
  agent,
  ask,
  type Headers,
  header,
  mayPass,
  PassingError,
  reasonOf,
  waitOf,
} from '../../http/answers.ts';

// @huggingface/hub is not used: it asks an API that plain mirrors lack, follows redirects before the
// hub's checksum can be seen, and its downloads neither resume nor check what they got.

/** The hub when none is configured. */
export const DEFAULT_ENDPOINT = 'https://huggingface.co';

/** Longest chain of redirects: hub, renamed repository, storage, and some to spare. */
const MAX_REDIRECTS = 5;

/** How a hub is reached. */
export interface HubOptions {
  /** Address of the hub, of the layout `<endpoint>/<repository>/resolve/<revision>/<file>`. */
  endpoint: string;
  /** Secret of the user; only ever sent to the endpoint's own origin. */
  token?: string;
}

/** One file of a repository. */
export interface HubFile {
  repository: string;
  revision: string;
  file: string;
}

/** What a file must hash to: SHA-256 of its bytes; or SHA-1, of git's object (hub) or the bytes (mirrors). */
export interface Checksum {
  algorithm: 'sha256' | 'sha1';
  /** Hexadecimal. */
  value: string;
}

/** A file as the hub sends it. */
export interface HubAnswer {
  body: Readable;
  /** First byte that is sent. */
  offset: number;
  /** Length of the whole file in bytes, if it is told. */
  size: number | undefined;
  /** The hub's checksum, if it tells one. */
  checksum: Checksum | undefined;
  /** Strong ETag of the server that sends the bytes, for `If-Range`. */
  etag: string | undefined;
  /** Commit that the revision stands for, if it is told. */
  commit: string | undefined;
}

/** The checksum that an ETag of a hub is: 64 digits for large files (LFS), 40 for those in git itself. */
function checksumOf(etag: string | undefined): Checksum | undefined {
  const value = etag?.replace(/^W\//, '').replaceAll('"', '').toLowerCase();
  if (value === undefined || !/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(value)) return undefined;
  return { algorithm: value.length === 64 ? 'sha256' : 'sha1', value };
}

/** A length in bytes from a header. */
function lengthOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** First byte and length of the whole from `Content-Range: bytes <first>-<last>/<length>`. */
function rangeOf(text: string | undefined): { offset: number; size: number | undefined } {
  const match = /^bytes (\d{1,15})-\d+\/(\d{1,15}|\*)$/.exec(text ?? '');
  if (match === null) throw new PassingError('The server sent a part without saying which.');
  return { offset: Number(match[1]), size: lengthOf(match[2]) };
}

/** Checks an address before anything is sent to it. */
function parseEndpoint(endpoint: string): URL {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw new SemblanceError(
      'USAGE',
      'The hub must be an http or https address without a user name or password.',
    );
  }
  url.search = '';
  url.hash = '';
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

/** A hub of models. */
export class Hub {
  private readonly endpoint: URL;
  private readonly token: string | undefined;
  private readonly agent: Agent;

  /** @throws SemblanceError USAGE for an endpoint, a token or a proxy that cannot be one */
  constructor({ endpoint, token }: HubOptions) {
    this.endpoint = parseEndpoint(endpoint);
    if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
      // The text itself is a secret and is not shown.
      throw new SemblanceError('USAGE', 'The token has characters that no token has.');
    }
    this.token = token;
    try {
      this.agent = agent();
    } catch (cause) {
      // The address may hold a password and is not shown.
      throw new SemblanceError('USAGE', 'HTTPS_PROXY or HTTP_PROXY is not an address.', { cause });
    }
  }

  /** The page of a repository, for people. */
  page(repository: string): string {
    return new URL(repository, this.endpoint).href;
  }

  /** Address of a file. */
  address({ repository, revision, file }: HubFile): URL {
    const path = `${repository}/resolve/${encodeURIComponent(revision)}/${encodeURIComponent(file)}`;
    return new URL(path, this.endpoint);
  }

  /**
   * Asks for a file.
   * @param resume bytes that are here already, and the ETag that they came with
   * @returns the rest of it, or all of it when the server cannot or must not go on
   * @throws SemblanceError HUB_FORBIDDEN, HUB_NOT_FOUND, HUB_UNREACHABLE
   * @throws PassingError for what may be tried again
   */
  async open(
    wanted: HubFile,
    resume?: { offset: number; etag: string | undefined },
  ): Promise<HubAnswer> {
    const range: Record<string, string> =
      resume === undefined
        ? {}
        : {
            range: `bytes=${resume.offset}-`,
            ...(resume.etag === undefined ? {} : { 'if-range': resume.etag }),
          };
    let url = this.address(wanted);
    const subject = url.href;
    let told: Headers = {};
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const own = url.origin === this.endpoint.origin;
      const { statusCode, headers, body } = await this.ask(url, own, range);
      // Only the hub's own word counts, not that of the storage it sends to.
      if (own) told = { ...told, ...headers };
      if (statusCode === 200 || statusCode === 206) {
        const etag = header(headers, 'etag');
        const part =
          statusCode === 206
            ? rangeOf(header(headers, 'content-range'))
            : { offset: 0, size: lengthOf(header(headers, 'content-length')) };
        return {
          body,
          offset: part.offset,
          size: lengthOf(header(told, 'x-linked-size')) ?? part.size,
          checksum: checksumOf(header(told, 'x-linked-etag') ?? header(told, 'etag')),
          etag: etag?.startsWith('"') ? etag : undefined,
          commit: /^[0-9a-f]{40}$/.exec(header(told, 'x-repo-commit') ?? '')?.[0],
        };
      }
      await body.dump();
      // The part that is here is as long as the file or longer: all of it is asked for again.
      if (statusCode === 416 && resume !== undefined) return this.open(wanted);
      const location = header(headers, 'location');
      if (statusCode >= 300 && statusCode < 400 && location !== undefined) {
        url = this.follow(url, location, subject);
        continue;
      }
      this.refuse(wanted, subject, statusCode, headers, own);
    }
    throw new SemblanceError('HUB_UNREACHABLE', 'It redirects in circles.', { subject });
  }

  /** One request. The token goes to the hub's own origin and nowhere else. */
  private ask(url: URL, own: boolean, headers: Record<string, string>) {
    return ask(url, this.agent, {
      ...headers,
      // A compressed answer would have another length and checksum.
      'accept-encoding': 'identity',
      ...(own && this.token !== undefined ? { authorization: `Bearer ${this.token}` } : {}),
    }).catch((error) => {
      throw new PassingError(reasonOf(error));
    });
  }

  /** Where a redirect leads. */
  private follow(from: URL, location: string, subject: string): URL {
    const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
    const safe =
      to?.protocol === 'https:' || (to?.protocol === 'http:' && from.protocol === 'http:');
    if (to !== undefined && safe) return to;
    throw new SemblanceError('HUB_UNREACHABLE', 'It redirects to an address that is not safe.', {
      subject,
    });
  }

  /** What an answer without a file means. */
  private refuse(
    { repository, file }: HubFile,
    subject: string,
    status: number,
    headers: Headers,
    own: boolean,
  ): never {
    const why = header(headers, 'x-error-code');
    const missing = status === 404 || why === 'RepoNotFound';
    if (own && missing) {
      throw new SemblanceError('HUB_NOT_FOUND', `${repository} has no file ${file} there.`, {
        subject,
      });
    }
    if (own && (status === 401 || status === 403)) {
      throw new SemblanceError('HUB_FORBIDDEN', this.forbidden(repository, status), { subject });
    }
    // A storage refuses an address that has run out; asking the hub again gives a new one.
    if (!own || mayPass(status)) {
      throw new PassingError(`The server answered ${status}.`, waitOf(headers));
    }
    throw new SemblanceError('HUB_UNREACHABLE', `The server answered ${status}.`, { subject });
  }

  /** How to get access. */
  private forbidden(repository: string, status: number): string {
    const ask = `Ask for access on ${this.page(repository)}`;
    if (this.token === undefined) {
      return `The owner shares it with users who asked. ${ask}, then give your token by HF_TOKEN or --token-file.`;
    }
    return status === 401
      ? `The hub does not accept the token: make a new one that may read. ${ask} if you have not.`
      : `The token's user has no access yet. ${ask}, or wait for the owner's answer.`;
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    await this.agent.destroy();
  }
}
