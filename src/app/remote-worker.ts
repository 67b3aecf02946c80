import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { DEFAULT_LEASE, type Work } from '../contract/indexing.ts';
import { FinishedWorkSchema, type LeasedWork, LeasedWorkSchema } from '../contract/work.ts';
import { SemblanceError, toSemblanceError } from '../domain/errors/error.ts';
import { ERRORS, type ErrorCode } from '../domain/errors/registry.ts';
import { DefinitionSchema } from '../encoding/encoders/definition.ts';
import { encodeEach } from '../encoding/encoders/encode-each.ts';
import { Encoder } from '../encoding/encoders/encoder.ts';
import { findEncoder } from '../encoding/encoders/registry.ts';
import { inputSize } from '../encoding/preprocess/spec.ts';
import { privateAddress } from '../http/private-address.ts';
import type { ProviderChoice } from '../runtime/provider.ts';
import type { DataDirectory } from '../store/data-directory.ts';
import type { Call } from './call.ts';

/** How long a server that does not answer is asked again, in milliseconds, and how often. */
const PATIENCE = 120_000;
const AGAIN = 2000;
/** How often it is asked for work while others have all that there is, in milliseconds. */
const LOOK = 1000;

/** A server whose images a worker encodes. */
export interface RemoteWorkRequest {
  /** Address of its page. */
  server: string;
  /** A key of an editor of the collection. */
  key?: string | undefined;
  collection: string;
  threads?: number | undefined;
  /** Milliseconds without a sign of life after which its images go to another worker. */
  lease?: number | undefined;
  owner?: string | undefined;
  /** Whether it waits for more when there is nothing. */
  stay?: boolean | undefined;
}

type Handed = NonNullable<LeasedWork['work']>;

/**
 * Encodes what a server has to be encoded, until there is nothing. It gets preprocessed pictures and gives embeddings; files,
 * names and descriptions stay where they are. The call's signal ends it after the batch under way.
 * @throws SemblanceError USAGE, SERVER_UNREACHABLE, ENCODER_NOT_FOUND, ENCODER_CHANGED, and what the server refuses with
 */
export async function workFor(
  { signal }: Call,
  {
    collection,
    owner = randomUUID(),
    lease = DEFAULT_LEASE,
    stay,
    threads,
    ...to
  }: RemoteWorkRequest,
  directory: DataDirectory,
  provider: ProviderChoice,
): Promise<Work> {
  const server = new Server(to, collection);
  const result = { collection, finished: 0, late: 0 };
  let encoder: Encoder | undefined;
  try {
    while (!signal?.aborted) {
      const { work, open } = LeasedWorkSchema.parse(await server.json('', { owner, lease }));
      if (work === null) {
        if (!open && !stay) break;
        await pause(LOOK, undefined, { signal }).catch(() => undefined);
        continue;
      }
      if (encoder?.fingerprint !== work.encoder.fingerprint) {
        await encoder?.release();
        encoder = undefined;
        encoder = await sameEncoder(work, directory, { provider, threads });
      }
      const done = await encodeWork(server, work, encoder);
      result.finished += done.finished;
      result.late += done.late;
    }
    return result;
  } finally {
    await encoder?.release();
  }
}

async function encodeWork(server: Server, work: Handed, encoder: Encoder) {
  const { id, lease, pictures } = work;
  // Should a sign of life not come through, the next may; without any the result is late, no more.
  const renew = () => void server.once(`/${id}/renew`, { method: 'POST' }).catch(() => undefined);
  const heartbeat = setInterval(renew, lease / 3);
  try {
    const bytes = await server.bytes(`/${id}`);
    const { width, height } = inputSize(encoder.preprocess);
    const size = 3 * width * height;
    const floats = new Float32Array(bytes);
    if (floats.length !== pictures * size) {
      throw new SemblanceError('ENCODER_CHANGED', 'Its pictures have another size.', {
        subject: encoder.name,
      });
    }
    const tensors = Array.from({ length: pictures }, (_, i) =>
      floats.subarray(i * size, (i + 1) * size),
    );
    const { dimension } = encoder;
    const embeddings = new Float32Array(pictures * dimension).fill(Number.NaN);
    const encoded = await encodeEach(encoder, tensors).catch((error) => {
      if ((error as SemblanceError).code !== 'ENCODER_FAILED') throw error;
      return [];
    });
    encoded.forEach((vector, i) => {
      if (!(vector instanceof SemblanceError)) embeddings.set(vector, i * dimension);
    });
    const form = new FormData();
    form.set('embeddings', new Blob([embeddings]));
    return FinishedWorkSchema.parse(await server.answer(`/${id}`, { method: 'POST', body: form }));
  } catch (error) {
    // It went to another worker, or the server began anew: what is not stored comes again.
    if (error instanceof SemblanceError && error.code === 'WORK_NOT_FOUND') {
      return { finished: 0, late: pictures };
    }
    throw error;
  } finally {
    clearInterval(heartbeat);
  }
}

/** The encoder of the server, with the model's files of this machine. */
async function sameEncoder(
  { encoder: { name, fingerprint }, definition }: Handed,
  directory: DataDirectory,
  options: Parameters<typeof Encoder.load>[1],
): Promise<Encoder> {
  const own = await findEncoder(name, directory.encodersFolder);
  // How pictures are seen is as the server says; which files, as they lie here.
  const theirs = DefinitionSchema.parse(JSON.parse(definition));
  const { model, text, tokens, projection } = own;
  const encoder = await Encoder.load({ ...theirs, model, text, tokens, projection }, options);
  if (encoder.fingerprint === fingerprint) return encoder;
  await encoder.release();
  throw new SemblanceError('ENCODER_CHANGED', 'It is not the same here and on the server.', {
    subject: name,
  });
}

/** The routes of a collection's work on a server. */
class Server {
  private readonly base: string;
  private readonly headers: Record<string, string>;

  /** @throws SemblanceError USAGE for an address that is none, or by which a key could be read on its way */
  constructor({ server, key }: Pick<RemoteWorkRequest, 'server' | 'key'>, collection: string) {
    const url = URL.canParse(server) ? new URL(server) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol)) {
      throw new SemblanceError('USAGE', 'It is no address of a server.', { subject: server });
    }
    if (privateAddress(server) === undefined) {
      const why =
        'By plain HTTP the key and the pictures could be read on their way: https is asked for.';
      throw new SemblanceError('USAGE', why, { subject: server });
    }
    const path = `api/v1/collections/${encodeURIComponent(collection)}/work`;
    this.base = new URL(path, url.href.endsWith('/') ? url : `${url.href}/`).href;
    this.headers = key ? { Authorization: `Bearer ${key}` } : {};
  }

  json(path: string, body: unknown): Promise<unknown> {
    const headers = { 'Content-Type': 'application/json' };
    return this.answer(path, { method: 'POST', body: JSON.stringify(body), headers });
  }

  async answer(path: string, init: RequestInit): Promise<unknown> {
    return (await this.patiently(path, init)).json();
  }

  async bytes(path: string): Promise<ArrayBuffer> {
    return (await this.patiently(path, {})).arrayBuffer();
  }

  /** @throws SemblanceError what the server refuses with; Error where it does not answer */
  async once(path: string, init: RequestInit): Promise<Response> {
    const headers = { ...this.headers, ...(init.headers as Record<string, string>) };
    // An answer that leads elsewhere is none: the key is for this server.
    const response = await fetch(`${this.base}${path}`, { ...init, headers, redirect: 'error' });
    if (response.ok) return response;
    const { code, detail } = (await response.json().catch(() => ({}))) as Record<string, string>;
    const known = code !== undefined && Object.hasOwn(ERRORS, code) ? code : 'SERVER_UNREACHABLE';
    const error = new SemblanceError(
      known as ErrorCode,
      detail ?? `It answers ${response.status}.`,
    );
    const passes = response.status === 503 || response.status === 429 || response.status === 502;
    if (!passes) throw error;
    const seconds = Number(response.headers.get('retry-after'));
    throw new Passing(error, seconds > 0 ? seconds * 1000 : AGAIN);
  }

  /** Asks again for a while where that may help. What is asked twice is done once: a lease has a number. */
  private async patiently(path: string, init: RequestInit): Promise<Response> {
    const end = performance.now() + PATIENCE;
    for (;;) {
      try {
        return await this.once(path, init);
      } catch (error) {
        if (error instanceof SemblanceError) throw error;
        const { error: coded, wait } =
          error instanceof Passing ? error : new Passing(unreachable(error), AGAIN);
        if (performance.now() + wait > end) throw coded;
        await pause(wait);
      }
    }
  }
}

class Passing extends Error {
  constructor(
    readonly error: SemblanceError,
    readonly wait: number,
  ) {
    super(error.message);
  }
}

function unreachable(cause: unknown): SemblanceError {
  const why = (cause as { cause?: unknown }).cause ?? cause;
  return new SemblanceError('SERVER_UNREACHABLE', toSemblanceError(why).message, { cause });
}
