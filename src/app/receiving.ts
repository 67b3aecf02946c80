import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { BlockList, isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TlsOptions } from 'node:tls';
import type { Indexing } from '../contract/indexing.ts';
import type { Receiving } from '../contract/receiving.ts';
import { isRead } from '../dicom/transfer-syntax.ts';
import type { DecodeLimits } from '../domain/decode-limits.ts';
import { DEFAULT_ENCODER } from '../domain/encoders.ts';
import { type ErrorData, SemblanceError } from '../domain/errors/error.ts';
import type { ErrorCode } from '../domain/errors/registry.ts';
import { parseFrames } from '../domain/frames.ts';
import { parseWindow } from '../domain/window.ts';
import { findEncoder } from '../encoding/encoders/registry.ts';
import { STATUS } from '../pacs/dimse/command.ts';
import { isAeTitle } from '../pacs/dimse/pdu.ts';
import {
  type AllowedPeer,
  type Provider as Listening,
  provide,
  storageSyntax,
} from '../pacs/dimse/server.ts';
import { type IncomingObject, ReceivedObjects } from '../pacs/received-objects.ts';
import { type StoreAnswer, storeAnswer, takeInstances } from '../pacs/stow.ts';
import { forkApart } from '../runtime/forked.ts';
import type { Provider, ProviderChoice } from '../runtime/provider.ts';
import type { DataDirectory } from '../store/data-directory.ts';
import { identityKey } from '../store/identity-key.ts';
import { Pseudonyms } from '../store/pseudonyms.ts';
import type { AuditService } from './audit.ts';
import type { IndexRequest } from './indexing.ts';
import { ReceivingAudit } from './receiving-audit.ts';

/** Where and from whom associations are taken. */
export interface DimseOptions {
  /** IP address to listen on. */
  host: string;
  /** Port; 0 for any free one. */
  port: number;
  /** The title of this side. */
  aet: string;
  /** Who may send: a title, `*` for any, and behind `@` an address or a network it comes from (`CT1@10.0.0.0/24`). */
  allow: readonly string[];
  /** Certificates, where TLS is spoken. */
  tls?: TlsOptions | undefined;
  maxAssociations?: number;
  /** How long a peer may say nothing, in milliseconds. */
  silence?: number;
}

/** What is received, and what is done with it. */
export interface ReceiveRequest
  extends Pick<
    IndexRequest,
    'collection' | 'encoder' | 'window' | 'frames' | 'identity' | 'dates' | 'burnedIn'
  > {
  /** Bytes of all objects of the collection together; 100 GB by default. */
  maxBytes?: number | undefined;
  /** Bytes of the disk that stay free; 1 GB by default. */
  keepFree?: number | undefined;
  /** Without it, only `Receiver.store` takes objects. */
  dimse?: DimseOptions | undefined;
  /** Is told when something has changed. */
  onChange?: (() => void) | undefined;
}

/** Objects are received until it is closed. */
export interface Receiver {
  /** What has been received since the start. */
  state(): Receiving;
  /**
   * STOW-RS (PS3.18 section 10.5): takes the instances of a request's body.
   * @param study the one that they have to be of, where the request names one
   * @throws SemblanceError MEDIA_TYPE_NOT_SUPPORTED, REQUEST_INVALID; what the body throws
   */
  store(
    contentType: string | undefined,
    body: AsyncIterable<Uint8Array>,
    study?: string,
  ): Promise<StoreAnswer>;
  /** Takes no more objects, lets those that are coming come, and ends the indexing after the batch under way. */
  close(): Promise<void>;
}

/** What the process that indexes is told: first how, then which files. */
export type ReceivingOrder =
  | {
      home: string;
      limits: DecodeLimits | undefined;
      provider: Provider;
      request: Omit<IndexRequest, 'files'>;
    }
  | { files: readonly string[] };

/** What it answers each list of files with. */
export type ReceivingReport = { result: Indexing } | { error: ErrorData };

const GB = 1e9;
const LARGEST_OBJECT = 2 * GB;
const MAX_BYTES = 100 * GB;
const KEEP_FREE = GB;
const MAX_ASSOCIATIONS = 64;
const SILENCE = 60_000;
/** Objects that come in a row are indexed together: so long is waited for the next ones, in milliseconds. */
const GATHER = 500;
/** Files that are indexed at a time. */
const BATCH = 1000;
/** After a failure that may pass it is tried again, after so many milliseconds. */
const AGAIN = 5_000;
/** How long the batch under way may take at the end, in milliseconds. */
const LAST_BATCH = 30_000;

/** Receives objects that others send, and indexes them. */
export class ReceivingService {
  /** @internal */
  constructor(
    private readonly directory: DataDirectory,
    private readonly limits: DecodeLimits | undefined,
    private readonly provider: ProviderChoice,
    private readonly audit: AuditService,
  ) {}

  /**
   * Starts to receive for a collection, which is made with the first picture. What an earlier run has received and not
   * indexed is indexed now.
   * @throws SemblanceError USAGE, COLLECTION_NAME_INVALID, ENCODER_NOT_FOUND, WINDOW_INVALID, FRAMES_INVALID and those of
   *   the disk; Error of the system where the port cannot be listened on
   */
  async start(request: ReceiveRequest): Promise<Receiver> {
    const { directory } = this;
    const { collection, maxBytes = MAX_BYTES, keepFree = KEEP_FREE } = request;
    const dimse = request.dimse && checked(request.dimse);
    await checkHow(request, directory);
    directory.checkName(collection);
    directory.create();
    const pseudonyms = new Pseudonyms(identityKey(directory.folder));
    const objects = ReceivedObjects.open(
      directory.receivedFolder(collection),
      (uid) => pseudonyms.of('received', uid, 32),
      { maxBytes, keepFree, maxObject: LARGEST_OBJECT },
    );
    const { onChange, dimse: _, maxBytes: __, keepFree: ___, ...how } = request;
    const order: ReceivingOrder = {
      ...{ home: directory.folder, limits: this.limits, provider: await this.provider() },
      request: { ...how, path: objects.folder },
    };
    const receiver = new OpenReceiver(
      collection,
      objects,
      order,
      new ReceivingAudit(this.audit, collection),
      onChange ?? (() => undefined),
    );
    receiver.wait(unknownOf(directory, collection, objects));
    if (dimse !== undefined) await receiver.listen(dimse);
    receiver.begin();
    return receiver;
  }
}

/** @throws SemblanceError ENCODER_NOT_FOUND, WINDOW_INVALID, FRAMES_INVALID, before anything is received */
async function checkHow(
  { encoder = DEFAULT_ENCODER, window, frames }: ReceiveRequest,
  directory: DataDirectory,
): Promise<void> {
  await findEncoder(encoder, directory.encodersFolder);
  if (window !== undefined) parseWindow(window);
  if (frames !== undefined && parseFrames(frames).kind === 'key') {
    const why = 'What is received is taken as it comes: which images are key images is told later.';
    throw new SemblanceError('FRAMES_INVALID', why, { subject: frames });
  }
}

/** Names of received files that the collection has no picture of. */
function unknownOf(
  directory: DataDirectory,
  collection: string,
  objects: ReceivedObjects,
): string[] {
  const names = objects.names();
  if (names.length === 0 || !directory.collections().includes(collection)) return names;
  return directory.whileOpen(collection, (store) => {
    const source = store.sources.list().find(({ root }) => root === objects.folder);
    if (source === undefined) return names;
    const unknown = new Set(names);
    for (const { path } of store.sources.placesOf(store.sources.idsOfSource(source.id))) {
      unknown.delete(path);
    }
    return [...unknown];
  });
}

/** @throws SemblanceError USAGE */
function checked({ allow, ...options }: DimseOptions) {
  const usage = (why: string) => new SemblanceError('USAGE', why);
  if (!isAeTitle(options.aet)) {
    throw usage('A title (AE title) has 1 to 16 printable characters and no backslash.');
  }
  if (allow.length === 0) {
    throw usage('Say who may send: --allow AET, --allow AET@address, or --allow "*" for anybody.');
  }
  const allowed = allow.map((text): AllowedPeer => {
    const [title = '', place, ...more] = text.split('@');
    const addresses = place === undefined ? undefined : networkOf(place);
    if (more.length > 0 || addresses === null || !isAeTitle(title)) {
      throw usage(`"${text}" is no AE title, or none with @ and an address or a network.`);
    }
    return { calling: title === '*' ? undefined : title, addresses };
  });
  return { ...options, allowed };
}

/** An address, or a network such as 10.0.0.0/24; null where it is neither. */
function networkOf(text: string): BlockList | null {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = isIP(address);
  const width = family === 6 ? 128 : 32;
  const prefix = bits === undefined ? width : Number(bits);
  if (family === 0 || prefix > width) return null;
  const list = new BlockList();
  list.addSubnet(address, prefix, family === 6 ? 'ipv6' : 'ipv4');
  return list;
}

/** What senders are answered with where an object is not kept (PS3.4 table B.2-1, PS3.7 annex C). */
const REFUSALS: Partial<Record<ErrorCode, number>> = {
  OBJECT_INVALID: STATUS.doesNotMatch,
  DICOM_DAMAGED: STATUS.cannotUnderstand,
  DICOM_NOT_RECOGNISED: STATUS.cannotUnderstand,
  IMAGE_EMPTY: STATUS.cannotUnderstand,
};

class OpenReceiver implements Receiver {
  private readonly counts = { received: 0, known: 0, apart: 0, indexed: 0 };
  private readonly refused: Record<string, number> = {};
  private readonly troubles: Record<string, number> = {};
  private readonly failed: Record<string, number> = {};
  private readonly leftOut: Record<string, number> = {};
  /** Names of files that are to be indexed. */
  private readonly waiting = new Set<string>();
  private readonly stopping = new AbortController();
  private working: Promise<void> = Promise.resolve();
  private dimse: Receiving['dimse'] = null;
  private problem: string | null = null;
  private listening: Listening | undefined;
  private wake: () => void = () => undefined;

  constructor(
    private readonly collection: string,
    private readonly objects: ReceivedObjects,
    private readonly order: ReceivingOrder,
    private readonly audit: ReceivingAudit,
    private readonly onChange: () => void,
  ) {}

  wait(names: readonly string[]): void {
    for (const name of names) this.waiting.add(name);
    this.wake();
  }

  async listen({ host, port, aet, allowed, tls, ...limits }: ReturnType<typeof checked>) {
    const { maxAssociations = MAX_ASSOCIATIONS, silence = SILENCE } = limits;
    this.listening = await provide(host, port, {
      ...{ called: aet, allowed, tls, silence, maxAssociations, maxPerAddress: maxAssociations },
      // What is too large is passed over to be answered; what never ends is not.
      maxDataSet: 2 * LARGEST_OBJECT,
      choose: storageSyntax,
      store: async ({ peer, ...object }) => {
        const code = await this.audit.begin(peer);
        if (code !== undefined) return this.refuse(code, STATUS.outOfResources);
        return this.audit.counted(peer, await this.take(object));
      },
      onLeft: (peer) => this.audit.end(peer),
      onRefused: (address) => this.audit.refused(address),
      onTrouble: (why) => {
        count(this.troubles, why);
        this.onChange();
      },
    });
    this.dimse = { aet, host, port: this.listening.port, tls: tls !== undefined };
  }

  begin(): void {
    this.working = this.work();
  }

  state(): Receiving {
    const { collection, dimse, counts, refused, troubles, failed, leftOut, problem } = this;
    return {
      ...{ collection, dimse, ...counts, refused, troubles, failed, leftOut, problem },
      waiting: this.waiting.size,
    };
  }

  async store(
    contentType: string | undefined,
    body: AsyncIterable<Uint8Array>,
    study?: string,
  ): Promise<StoreAnswer> {
    const keep = async ({ transferSyntax, ...object }: IncomingObject) =>
      isRead(transferSyntax)
        ? this.take({ ...object, transferSyntax, ...(study !== undefined && { study }) })
        : this.refuse('DICOM_UNSUPPORTED', STATUS.noSuchTransferSyntax);
    return storeAnswer(await takeInstances(contentType, body, keep));
  }

  async close(): Promise<void> {
    await this.listening?.close();
    this.stopping.abort();
    this.wake();
    await this.working;
  }

  /** Keeps an object, and tells the status that says so, or why not. */
  private async take(object: IncomingObject): Promise<number> {
    try {
      const { kind, name } = await this.objects.keep(object);
      this.counts[kind === 'new' ? 'received' : kind] += 1;
      if (kind !== 'known') this.wait([name]);
      this.onChange();
      return STATUS.success;
    } catch (error) {
      // That the sender has gone is told by who listens to it.
      if (!(error instanceof SemblanceError)) throw error;
      const { code } = error;
      return this.refuse(code, REFUSALS[code] ?? STATUS.outOfResources);
    }
  }

  private refuse(code: ErrorCode, status: number): number {
    count(this.refused, code);
    this.onChange();
    return status;
  }

  /** Indexes what waits, until it is to end. */
  private async work(): Promise<void> {
    const { signal } = this.stopping;
    let indexer: Indexer | undefined;
    while (!signal.aborted) {
      if (this.waiting.size === 0) {
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
        await pause(GATHER, signal);
        continue;
      }
      const files = [...this.waiting].slice(0, BATCH);
      indexer ??= new Indexer(this.order);
      const report = await indexer.index(files, signal);
      if (report === undefined || indexer.hasEnded) indexer = undefined;
      if (signal.aborted && report === undefined) break;
      const error = report === undefined ? 'WORKER_ENDED' : 'error' in report && report.error.code;
      // That another process indexes it, or that the disk is full, may pass: what was received stays, and waits.
      this.problem = error || null;
      if (report !== undefined && 'result' in report) this.tell(files, report.result);
      else if (error === 'SOURCE_EMPTY') this.forget(files);
      this.onChange();
      if (error) await pause(AGAIN, signal);
    }
    await indexer?.end();
  }

  private tell(files: readonly string[], result: Indexing): void {
    const { added, renamed, reread, unchanged, failures, leftOut, complete } = result;
    this.counts.indexed += added + renamed + reread + unchanged;
    for (const { code } of failures) count(this.failed, code);
    for (const { kind, count: n } of leftOut) count(this.leftOut, kind, n);
    if (complete) this.forget(files);
  }

  private forget(files: readonly string[]): void {
    for (const name of files) this.waiting.delete(name);
  }
}

function count(of: Record<string, number>, what: string, n = 1): void {
  of[what] = (of[what] ?? 0) + n;
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}

/** A process of its own that indexes, so that whoever sends does not wait for it. */
class Indexer {
  private readonly child: ChildProcess;
  private readonly ended: Promise<void>;
  hasEnded = false;

  constructor(order: ReceivingOrder) {
    this.child = forkApart(import.meta.url, './receiving-process');
    this.ended = new Promise((resolve) => {
      const end = () => {
        this.hasEnded = true;
        resolve();
      };
      this.child.once('error', end);
      // After a disconnect there is no 'close'.
      this.child.once('exit', end);
    });
    this.child.send(order);
  }

  /** Indexes files; undefined where the process ends before. The signal ends it after the batch under way. */
  async index(files: readonly string[], signal: AbortSignal): Promise<ReceivingReport | undefined> {
    const leave = () => void this.end();
    signal.addEventListener('abort', leave, { once: true });
    try {
      const report = once(this.child, 'message') as Promise<[ReceivingReport]>;
      report.catch(() => undefined);
      if (this.child.connected) this.child.send({ files } satisfies ReceivingOrder);
      return await Promise.race([report.then(([each]) => each), this.ended.then(() => undefined)]);
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  /** Ends the process, after the batch under way. */
  async end(): Promise<void> {
    if (this.child.connected) this.child.disconnect();
    const timer = setTimeout(() => this.child.kill('SIGKILL'), LAST_BATCH);
    await this.ended;
    clearTimeout(timer);
  }
}
