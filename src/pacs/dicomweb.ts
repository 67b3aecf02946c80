import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { errors } from 'undici';
import { MemorySource } from '../dicom/byte-source.ts';
import { readParts } from '../dicom/file-format.ts';
import { HEAD_TAGS, headFrom, type JsonDataSet } from '../dicom/json.ts';
import { isUid } from '../dicom/uid.ts';
import { SemblanceError, systemCode } from '../domain/errors/error.ts';
import type { ErrorCode } from '../domain/errors/registry.ts';
import {
  type Agent,
  type Answer,
  agent,
  ask,
  causeOf,
  type Headers,
  header,
  mayPass,
  PassingError,
  reasonOf,
  type Sent,
  waitOf,
} from '../http/answers.ts';
import type { PacsAccess } from './access.ts';
import type { PacsClient, SaidDataSet } from './client.ts';
import { boundaryOf, partsOf } from './multipart.ts';
import { type Patience, Tries } from './patience.ts';
import { type InstanceUids, pathOf, SCHEME } from './place.ts';
import { DUPLICATE, requireAllStored } from './refused.ts';
import { tlsFailure } from './tls.ts';

/** Requests that a PACS works on at a time. */
const CONNECTIONS = 16;
/** Studies, series and instances are asked for in pages of so many. */
const PAGE = 200;
const LISTING = 'application/dicom+json';
/** The longest answer that lists something, and the largest object, in bytes. */
const LONGEST_LISTING = 64e6;
const LARGEST_OBJECT = 2e9;

/** What a failure of TLS is told as, where the system's words would not help. */
const TLS_SAYS: Partial<Record<ErrorCode, string>> = {
  PACS_REFUSED: 'It asks for a certificate',
  PACS_ANSWER_INVALID: 'It does not speak HTTPS there',
};

/** Statuses that no waiting helps. */
const REFUSALS: Readonly<Record<number, ErrorCode>> = {
  401: 'PACS_REFUSED',
  403: 'PACS_REFUSED',
  404: 'PACS_INSTANCE_GONE',
  410: 'PACS_INSTANCE_GONE',
};

const STUDY = '0020000D';
const SERIES = '0020000E';
const INSTANCE = '00080018';

/** A PACS that speaks DICOMweb (PS3.18). */
export class DicomwebClient implements PacsClient {
  /** Its address over HTTP, without a slash at the end. */
  private readonly base: string;
  private readonly headers: Record<string, string>;
  private readonly agent: Agent;

  /**
   * @param root the PACS's address, as `parsePacs` gives it
   */
  constructor(
    private readonly root: string,
    access: PacsAccess = {},
    private readonly patience: Patience = {},
  ) {
    this.base = root.slice(SCHEME.length);
    this.headers =
      access.authorization === undefined ? {} : { authorization: access.authorization };
    const { tls } = access;
    const { silence } = patience;
    this.agent = agent({
      tls,
      connections: CONNECTIONS,
      ...(silence !== undefined && { silence }),
    });
  }

  /**
   * Lists instances by QIDO-RS (PS3.18 section 10.6), study by study and series by series.
   * @param query attributes of studies, as QIDO takes them: `PatientID=...`, `ModalitiesInStudy=CT`
   * @throws SemblanceError PACS_UNAVAILABLE, PACS_REFUSED, PACS_ANSWER_INVALID; the signal's reason
   */
  async *instances(query: URLSearchParams, signal?: AbortSignal): AsyncGenerator<InstanceUids> {
    const all = new URLSearchParams();
    for await (const [study] of this.list('studies', query, STUDY, signal)) {
      const inStudy = `studies/${study}/series`;
      for await (const [series] of this.list(inStudy, all, SERIES, signal)) {
        const inSeries = `${inStudy}/${series}/instances`;
        for await (const [instance] of this.list(inSeries, all, INSTANCE, signal)) {
          yield { study, series, instance };
        }
      }
    }
  }

  /**
   * Lists studies by QIDO-RS with what it says of them: UID and data set.
   * @param include keywords or tags of attributes to be told, too
   * @throws SemblanceError as `instances`
   */
  async *studies(
    query: URLSearchParams,
    include: readonly string[],
    signal?: AbortSignal,
  ): AsyncGenerator<[uid: string, study: SaidDataSet]> {
    const asked = new URLSearchParams(query);
    for (const each of include) asked.append('includefield', each);
    yield* this.list('studies', asked, STUDY, signal);
  }

  /**
   * Asks for one study, to find out whether it is a PACS that lets one in.
   * @returns whether it has one
   * @throws SemblanceError as `instances`
   */
  async hasStudies(query: URLSearchParams, signal?: AbortSignal): Promise<boolean> {
    const page = await this.page('studies', query, { limit: 1, offset: 0 }, signal);
    for (const study of page) this.uidOf(study, STUDY);
    return page.length > 0;
  }

  /**
   * Fetches an instance by WADO-RS (PS3.18 section 10.4) as the PACS keeps it, in any transfer syntax.
   * @throws SemblanceError PACS_INSTANCE_GONE, IMAGE_TOO_LARGE and those of `instances`
   */
  async retrieve(uids: InstanceUids, signal?: AbortSignal): Promise<Uint8Array> {
    const accept = 'multipart/related; type="application/dicom"; transfer-syntax=*';
    return this.answered(pathOf(uids), accept, signal, async ({ headers, body }) => {
      const boundary = boundaryOf(header(headers, 'content-type'));
      if (boundary === undefined) {
        throw this.invalid(`${typeOf(headers)} in place of a multipart answer`);
      }
      const parts = await partsOf(body, boundary, LARGEST_OBJECT).catch((error) => {
        throw error instanceof SemblanceError
          ? error
          : new PassingError(`The answer ended early (${reasonOf(error)}).`);
      });
      const [object] = parts;
      if (object === undefined || parts.length > 1)
        throw this.invalid(`${parts.length} instances in place of one`);
      const found = readParts(new MemorySource(object)).attributes.text('SOPInstanceUID');
      if (found !== uids.instance) throw this.invalid('another instance than was asked for');
      return object;
    });
  }

  /**
   * What the PACS says of an instance (`headFrom`), by QIDO-RS: its pixels are not fetched.
   * @throws SemblanceError PACS_INSTANCE_GONE and those of `instances`
   */
  async describe(uids: InstanceUids, signal?: AbortSignal): Promise<JsonDataSet> {
    const query = new URLSearchParams({ SOPInstanceUID: uids.instance });
    for (const tag of HEAD_TAGS) query.append('includefield', tag);
    const path = `studies/${uids.study}/series/${uids.series}/instances`;
    const found = await this.page(path, query, { limit: PAGE, offset: 0 }, signal);
    // One that does not know the condition lists others, too.
    const own = found.find((each) => each[INSTANCE]?.Value?.[0] === uids.instance);
    if (own === undefined) {
      const why = 'It does not list the instance.';
      throw new SemblanceError('PACS_INSTANCE_GONE', why, { subject: this.root });
    }
    return {
      ...headFrom(own),
      [STUDY]: { vr: 'UI', Value: [uids.study] },
      [SERIES]: { vr: 'UI', Value: [uids.series] },
    };
  }

  /**
   * Stores objects by STOW-RS (PS3.18 section 10.5). A request that fails for a reason that may pass is made again: the
   * objects are the same then, so that one the PACS has already counts as stored.
   * @param objects whole files, with their SOP Instance UIDs
   * @throws SemblanceError PACS_STORE_REFUSED (with the first reason) and those of `instances`
   */
  async store(
    objects: readonly { instance: string; file: Uint8Array }[],
    signal?: AbortSignal,
  ): Promise<void> {
    const boundary = randomUUID();
    const body = Buffer.concat([
      ...objects.flatMap(({ file }) => [
        Buffer.from(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`),
        file,
        Buffer.from('\r\n'),
      ]),
      Buffer.from(`--${boundary}--\r\n`),
    ]);
    const type = `multipart/related; type="application/dicom"; boundary=${boundary}`;
    const answer = await this.answered('studies', LISTING, signal, (each) => this.listing(each), {
      ...{ body, type },
    });
    const sop = (tag: string) => new Map(answer.flatMap((each) => sopsOf(each[tag]?.Value)));
    const [stored, failed] = [sop('00081199'), sop('00081198')];
    const refused = objects.filter(
      ({ instance }) => !stored.has(instance) && failed.get(instance) !== DUPLICATE,
    );
    requireAllStored(
      this.root,
      objects.length,
      refused.map(({ instance }) => failed.get(instance)),
    );
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    await this.agent.destroy();
  }

  /** The objects of a level, each once, page by page. PACS may give fewer than were asked for, or know no pages. */
  private async *list(
    path: string,
    query: URLSearchParams,
    tag: string,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<[uid: string, dataSet: SaidDataSet]> {
    const seen = new Set<string>();
    for (let offset = 0; ; ) {
      const page = await this.page(path, query, { limit: PAGE, offset }, signal);
      const before = seen.size;
      for (const each of page) {
        const uid = this.uidOf(each, tag);
        if (seen.has(uid)) continue;
        seen.add(uid);
        yield [uid, each];
      }
      offset += page.length;
      // One that knows no pages says the same again.
      if (seen.size === before) return;
    }
  }

  private uidOf(dataSet: SaidDataSet, tag: string): string {
    const uid = dataSet[tag]?.Value?.[0];
    if (isUid(uid)) return uid;
    throw this.invalid(`a listing without the UID (${tag.slice(0, 4)},${tag.slice(4)})`);
  }

  private async page(
    path: string,
    query: URLSearchParams,
    part: { limit: number; offset: number },
    signal: AbortSignal | undefined,
  ): Promise<SaidDataSet[]> {
    const asked = new URLSearchParams(query);
    for (const [name, value] of Object.entries(part)) asked.set(name, `${value}`);
    const answer = `${path}?${asked}`;
    return this.answered(answer, LISTING, signal, (each) => this.listing(each));
  }

  /** The data sets of an answer. */
  private async listing({ statusCode, headers, body }: Answer): Promise<SaidDataSet[]> {
    if (statusCode === 204) return [];
    if (!/^application\/(dicom\+)?json\b/i.test(header(headers, 'content-type') ?? '')) {
      throw this.invalid(`${typeOf(headers)} in place of a listing`);
    }
    const text = await textOf(body, LONGEST_LISTING);
    if (text === undefined)
      throw this.invalid(`a listing of more than ${LONGEST_LISTING / 1e6} MB`);
    const said = parsed(text);
    if (said === undefined) throw new PassingError('The listing is no JSON, or ended early.');
    // What tells of objects that were stored is one data set.
    const list = Array.isArray(said) ? said : [said];
    if (!list.every((each) => typeof each === 'object' && each)) {
      throw this.invalid('JSON that is no listing');
    }
    return list;
  }

  /** Makes a request until it is answered, and again where it failed for a reason that may pass. */
  private async answered<T>(
    path: string,
    accept: string,
    signal: AbortSignal | undefined,
    take: (answer: Answer) => Promise<T>,
    sent?: Sent,
  ): Promise<T> {
    const tries = new Tries(this.patience, signal);
    for (;;) {
      try {
        return await take(await this.ask(path, accept, signal, sent));
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof PassingError)) throw error;
        if (await tries.again(error.wait)) continue;
        const options = { subject: this.root, cause: error };
        throw new SemblanceError(error.code ?? 'PACS_UNAVAILABLE', error.message, options);
      }
    }
  }

  private async ask(
    path: string,
    accept: string,
    signal: AbortSignal | undefined,
    sent: Sent | undefined,
  ): Promise<Answer> {
    const url = `${this.base}/${path}`;
    const headers = { ...this.headers, accept };
    const answer = await ask(url, this.agent, headers, signal, sent).catch((error) => {
      throw this.unreached(error);
    });
    const { statusCode, body } = answer;
    if (statusCode === 200 || statusCode === 204) return answer;
    // Some objects were not stored, or none (PS3.18, table 10.5.3-1): the answer says why.
    if (sent && (statusCode === 202 || statusCode === 409)) return answer;
    await body.dump().catch(() => undefined);
    const said = `It answered with status ${statusCode}.`;
    const code = REFUSALS[statusCode];
    // What has no list is no PACS.
    if (code === 'PACS_INSTANCE_GONE' && accept === LISTING)
      throw this.invalid(`status ${statusCode}`);
    if (code !== undefined) throw new SemblanceError(code, said, { subject: this.root });
    if (mayPass(statusCode)) throw new PassingError(said, waitOf(answer.headers));
    // A redirect is not followed: another host must not get what this one is told.
    throw this.invalid(`status ${statusCode}`);
  }

  /** Why a request has no answer. */
  private unreached(error: unknown): Error {
    const cause = causeOf(error);
    const code = systemCode(cause) ?? '';
    const subject = { subject: this.root, cause };
    if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
      return new PassingError('Nobody knows this name.', undefined, 'PACS_HOST_UNKNOWN');
    }
    if (code === 'ECONNREFUSED') {
      return new PassingError('The connection was refused.', undefined, 'PACS_NOT_LISTENING');
    }
    const failure = tlsFailure(code);
    if (failure !== undefined) {
      return new SemblanceError(
        failure,
        `${TLS_SAYS[failure] ?? reasonOf(cause)} (${code}).`,
        subject,
      );
    }
    if (cause instanceof errors.HTTPParserError) {
      return new SemblanceError('PACS_ANSWER_INVALID', 'It does not speak HTTP there.', subject);
    }
    return new PassingError(reasonOf(cause));
  }

  private invalid(what: string): SemblanceError {
    return new SemblanceError('PACS_ANSWER_INVALID', `It answered with ${what}.`, {
      subject: this.root,
    });
  }
}

/** Instances that an answer to a STOW-RS names, each with the reason of its failure. */
function sopsOf(items: unknown): [instance: string, reason: number | undefined][] {
  if (!Array.isArray(items)) return [];
  return items.flatMap((item: SaidDataSet | null) => {
    const uid = item?.['00081155']?.Value?.[0];
    const reason = item?.['00081197']?.Value?.[0];
    return isUid(uid) ? [[uid, typeof reason === 'number' ? reason : undefined]] : [];
  });
}

/** The kind of an answer, for messages. */
function typeOf(headers: Headers): string {
  return (
    /^[\w.+/-]{1,60}/.exec(header(headers, 'content-type') ?? '')?.[0] ?? 'an answer of no kind'
  );
}

async function textOf(body: Readable, limit: number): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  let size = 0;
  try {
    for await (const piece of body) {
      size += piece.length;
      if (size > limit) return undefined;
      pieces.push(piece);
    }
  } catch (error) {
    throw new PassingError(reasonOf(error));
  }
  return Buffer.concat(pieces).toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
