import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { dirname, relative } from 'node:path';
import { DEFAULT_LEASE, type Indexing, type Work } from '../contract/indexing.ts';
import {
  BURNED_IN_FIELD,
  BURNED_IN_STATES,
  type BurnedInPolicy,
  OFTEN_WITH_TEXT,
} from '../domain/burned-in.ts';
import type { DecodeLimits } from '../domain/decode-limits.ts';
import { DEFAULT_ENCODER, type EncoderDefinition } from '../domain/encoders.ts';
import { errorData, SemblanceError } from '../domain/errors/error.ts';
import { parseFrames } from '../domain/frames.ts';
import type { DatesPolicy, IdentityPolicy } from '../domain/identity.ts';
import { parseWindow, windowText } from '../domain/window.ts';
import type { Encoder } from '../encoding/encoders/encoder.ts';
import { findEncoder } from '../encoding/encoders/registry.ts';
import { absolutePlace, placeOf } from '../files/place-of.ts';
import type { IndexProgress, IndexResult } from '../indexing/index-images.ts';
import { LeftOutCount } from '../indexing/left-out.ts';
import { findMissing, prune } from '../indexing/missing.ts';
import { requireImages, type Source, type SourceOptions } from '../indexing/source.ts';
import { studySizes } from '../indexing/study-sizes.ts';
import { Objects } from '../objects/objects.ts';
import type { PacsKeys } from '../pacs/access.ts';
import type { ProviderChoice } from '../runtime/provider.ts';
import type { CollectionStore } from '../store/collection-store.ts';
import type { DataDirectory } from '../store/data-directory.ts';
import { ArchiveAudit } from './archive-audit.ts';
import type { AuditService } from './audit.ts';
import type { Call, Phase } from './call.ts';
import { forgetIndexFiles } from './forget-index-files.ts';
import type { OpenCollections } from './open-collections.ts';
import type { RemoteWorkRequest } from './remote-worker.ts';
import type { ThumbnailFolder } from './thumbnail-folder.ts';
import { WholeCall } from './whole-call.ts';

/** What is to be indexed. */
export interface IndexRequest {
  /** It is made when it is absent. */
  collection: string;
  /**
   * A folder of images, a folder with a `dataset.csv`, a CSV, a ZIP archive, a DICOMDIR, or a PACS
   * (`dicomweb+https://host/path?query`); undefined: all images that the collection
   * knows, from where they were indexed.
   */
  path: string | undefined;
  /** Of a folder these files alone, by their names in it; no other is looked for. */
  files?: readonly string[] | undefined;
  /** Name of an encoder, or its description's file; by default the one without weights. */
  encoder?: string | undefined;
  /** Takes hidden files and what systems leave behind, too. */
  all?: boolean | undefined;
  /** Which window deep pictures are seen in, as `parseWindow` reads it; another one is another encoder. */
  window?: string | undefined;
  /** From now on: which frames of DICOM objects are taken (`parseFrames`), and what is kept of whom they are of. */
  frames?: string | undefined;
  identity?: IdentityPolicy | undefined;
  /** From now on: what is kept of when they were made. */
  dates?: DatesPolicy | undefined;
  /** From now on: what is done about text that is burned into pictures. */
  burnedIn?: BurnedInPolicy | undefined;
  /** Then remove the images of these folders whose files are gone. */
  prune?: boolean | undefined;
  /** Processes of their own that encode, and what starts one of a name; it calls `work`. */
  workers?: { count: number; start: (owner: string) => ChildProcess } | undefined;
}

/** What a worker works on, and how. */
export interface WorkRequest {
  collection: string;
  /** Cores to use; by default all. */
  threads?: number | undefined;
  /** After so many milliseconds without a sign of life its images go to another worker. */
  lease?: number | undefined;
  /** A name of its own among all workers. */
  owner?: string | undefined;
}

const COUNTS = ['done', 'added', 'renamed', 'reread', 'unchanged', 'failed'] as const;

/** Adds images to collections. */
export class IndexingService {
  /** @internal */
  constructor(
    private readonly collections: OpenCollections,
    private readonly directory: DataDirectory,
    private readonly limits: DecodeLimits | undefined,
    private readonly provider: ProviderChoice,
    private readonly thumbnails: ThumbnailFolder,
    private readonly keys: PacsKeys,
    private readonly audit: AuditService,
  ) {}

  /**
   * Reads, encodes and stores images. The call's signal ends it after the batch under way: the answer is not
   * complete then, everything written stays, and the same request goes on where it was ended.
   * @throws SemblanceError COLLECTION_NAME_INVALID, PATH_NOT_FOUND, PATH_NOT_READABLE, CSV_INVALID,
   *   SOURCE_EMPTY, ENCODER_NOT_FOUND, and those of `indexImages`
   */
  async index(call: Call, request: IndexRequest): Promise<Indexing> {
    const by = { collection: request.collection, actor: call.actor };
    const objects = new Objects(this.keys, new ArchiveAudit(this.audit, by));
    try {
      return await this.indexFrom(objects, call, request);
    } finally {
      await objects.close();
    }
  }

  private async indexFrom(objects: Objects, call: Call, request: IndexRequest): Promise<Indexing> {
    const { collection, path, encoder: name = DEFAULT_ENCODER } = request;
    const whole = new WholeCall(call, SECONDS);
    if (request.prune && path !== undefined && objects.at(path).listing(path)?.whole === false) {
      const why = 'What a PACS lacks is told by its whole list: prune without a query.';
      throw new SemblanceError('USAGE', why);
    }
    const { all = false } = request;
    const given =
      path === undefined
        ? undefined
        : await listSource(whole, path, {
            ...{ all, signal: call.signal, objects },
            files: request.files,
          });
    const { Encoder } = await import('../encoding/encoders/encoder.ts');
    const { directory, provider } = this;
    const { window, frames, identity, dates, burnedIn } = request;
    if (frames !== undefined) parseFrames(frames);
    const found = await findEncoder(name, directory.encodersFolder);
    const definition = window === undefined ? found : seenIn(found, window);
    const encoder = await Encoder.load(definition, { provider });
    try {
      const create = given !== undefined;
      const work = async (store: CollectionStore): Promise<Indexing> => {
        const sources = given === undefined ? knownSources(store) : [given];
        const settings = { frames, identity, dates, burnedIn };
        if (Object.values(settings).some((each) => each !== undefined)) store.setDicom(settings);
        const chosen = await this.keyImages(store, given, sources, objects);
        const options = { ...request, objects };
        const all = await this.indexSources(call, whole, store, encoder, chosen, options);
        const root = sources[0]?.root ?? '';
        const called = store.hidden.renamer();
        const { failures, others, ...counts } = withoutOtherObjects(all, root);
        const pruned =
          request.prune && counts.complete
            ? await pruneAll(store, sources, given, this.thumbnails)
            : { removed: 0, unclear: 0 };
        if (burnedIn === 'mask' || burnedIn === 'skip') {
          // What was kept of pictures as they were shown before, and of images that are left out now.
          this.thumbnails.forget();
          forgetIndexFiles(store);
        }
        const table = given?.table;
        return {
          collection,
          encoder: encoder.name,
          ...counts,
          ...pruned,
          ...standingOf(store, encoder.fingerprint),
          burnedIn: burnedInOf(store),
          leftOut: [...(chosen[0]?.leftOut ?? []), ...others].map((each) => ({
            ...each,
            examples: each.examples.map(called),
          })),
          linked: (given?.linked ?? []).map(({ path, target }) => ({
            path: called(path),
            target: called(target),
          })),
          warnings: hiddenIn(store, sources).map(errorData),
          ...(table && { table: { ...table, problems: table.problems.map(errorData) } }),
          failures: failures.map((failure) => {
            const { subject, ...data } = errorData(failure);
            return { ...data, subject: subject && called(subject) };
          }),
        };
      };
      return await this.directory.whileOpen(collection, work, { create });
    } finally {
      await encoder.release();
    }
  }

  /**
   * Helps an `index` with workers that is under way, or ends one that was cut, until nothing waits. The
   * call's signal ends it after the batch under way.
   * @throws SemblanceError COLLECTION_NOT_FOUND, ENCODER_CHANGED and those of loading an encoder
   */
  async work({ signal }: Call, { collection, threads, lease, owner }: WorkRequest): Promise<Work> {
    const { runWorker } = await import('../indexing/worker.ts');
    const result = await this.directory.whileOpen(collection, (store) =>
      runWorker(store, {
        owner: owner ?? randomUUID(),
        lease: lease ?? DEFAULT_LEASE,
        threads,
        limits: this.limits,
        provider: this.provider,
        ...(signal && { signal }),
      }),
    );
    return { collection, ...result };
  }

  /**
   * Helps a server, which is asked by its API, to encode what tasks with `shared` have put into its queue. The call's
   * signal ends it after the batch under way.
   * @throws SemblanceError USAGE, SERVER_UNREACHABLE, ENCODER_NOT_FOUND, ENCODER_CHANGED, and what the server refuses with
   */
  async workFor(call: Call, request: RemoteWorkRequest): Promise<Work> {
    const { workFor } = await import('./remote-worker.ts');
    return workFor(call, request, this.directory, this.provider);
  }

  /**
   * Files of images of which it cannot be told whether they are gone, because their folder is unreachable
   * or empty.
   * @param request `path`: of the images that were indexed from there; by default of all. `limit`: files at the most
   * @throws SemblanceError COLLECTION_NOT_FOUND
   */
  async unclear({
    collection,
    path,
    limit,
  }: {
    collection: string;
    path?: string | undefined;
    limit?: number;
  }): Promise<string[]> {
    const store = this.collections.store(collection);
    const absolute = path === undefined ? undefined : absolutePlace(path);
    const sources = store.sources
      .list()
      .filter(({ root }) => !absolute || root === absolute || root === dirname(absolute));
    const files: string[] = [];
    for (const { id, root } of sources) {
      const { unclear } = await findMissing(store, id, root);
      for (const { called } of store.sources.placesOf(unclear)) {
        if (files.length === limit) return files;
        files.push(called);
      }
    }
    return files;
  }

  /** Where a collection takes key images alone: these of what is given; of what is known all that was taken. */
  private async keyImages(
    store: CollectionStore,
    given: Source | undefined,
    sources: readonly Source[],
    objects: Objects,
  ): Promise<readonly Source[]> {
    if (parseFrames(store.dicom().frames).kind !== 'key') return sources;
    if (given === undefined) return sources.map((source) => asTaken(store, source));
    const { PreprocessPool } = await import('../encoding/preprocess/pool.ts');
    const { toldPaths } = await import('../indexing/identity.ts');
    const { onlyKeyImages } = await import('../indexing/key-images.ts');
    const pool = new PreprocessPool({ limits: this.limits, objects });
    try {
      const told = toldPaths(store, objects, given.root);
      return [await onlyKeyImages(given, pool, told)];
    } finally {
      await pool.close();
    }
  }

  private async indexSources(
    { signal }: Call,
    whole: WholeIndexing,
    store: CollectionStore,
    encoder: Encoder,
    sources: readonly Source[],
    { collection, workers, objects }: IndexRequest & { objects: Objects },
  ): Promise<IndexResult> {
    const total = sources.reduce((sum, { images }) => sum + images.length, 0);
    if (total === 0) {
      throw new SemblanceError('SOURCE_EMPTY', 'The collection knows no image.', {
        subject: collection,
      });
    }
    const sum: Omit<IndexResult, 'failures'> = {
      total,
      done: 0,
      added: 0,
      renamed: 0,
      reread: 0,
      unchanged: 0,
      failed: 0,
      complete: true,
    };
    const failures: SemblanceError[] = [];
    const reasons: Record<string, number> = {};
    const progress = whole.progress('images');
    const images = { unit: 'images', of: collection };
    progress(0, total, images);
    const { indexImages } = await import('../indexing/index-images.ts');
    const { indexWithWorkers } = await import('../indexing/index-with-workers.ts');
    const { registerEncoder } = await import('../indexing/image-processor.ts');
    for (const source of sources) {
      const studies = studiesOf(source, objects);
      let told = 0;
      const onProgress = ({ done, failed, failures: known = [] }: IndexProgress) => {
        for (const { code } of known.slice(told)) reasons[code] = (reasons[code] ?? 0) + 1;
        told = known.length;
        const phase = { ...images, skipped: sum.failed + failed, ...(told > 0 && { reasons }) };
        progress(sum.done + done, total, { ...phase, ...studies(done) });
      };
      const options = { onProgress, ...(signal && { signal }) };
      const result =
        workers === undefined
          ? await indexImages(store, encoder, source, { limits: this.limits, objects, ...options })
          : await indexWithWorkers(store, registerEncoder(store, encoder), source, {
              workers: workers.count,
              objects,
              start: workers.start,
              ...options,
            });
      for (const key of COUNTS) sum[key] += result[key];
      sum.complete &&= result.complete;
      failures.push(...result.failures);
    }
    return { ...sum, failures };
  }
}

/** How many studies of a PACS are through when so many of its images are. */
function studiesOf(source: Source, objects: Objects): (done: number) => Pick<Phase, 'studies'> {
  const sizes = studySizes(source, objects);
  if (sizes === undefined) return () => ({});
  let through = 0;
  let images = 0;
  return (done) => {
    while (through < sizes.length && images + (sizes[through] as number) <= done) {
      images += sizes[through] as number;
      through += 1;
    }
    return { studies: { done: through, total: sizes.length } };
  };
}

/** What looking for images takes, compared with encoding them. */
const SECONDS = { files: 1, images: 50 };
type WholeIndexing = WholeCall<keyof typeof SECONDS>;

/**
 * Lists a source.
 * @throws SemblanceError SOURCE_EMPTY and those of `readSource`
 */
async function listSource(
  whole: WholeIndexing,
  path: string,
  options: SourceOptions & { objects: Objects },
): Promise<Source> {
  // What limits a PACS to some studies may name a patient.
  const of = options.objects.at(path).listing(path)?.root ?? path;
  const onProgress = ({ done, total }: { done: number; total: number | undefined }) =>
    whole.progress('files')(done, total, { unit: 'files', of });
  const { readSource } = await import('../indexing/read-source.ts');
  const source = await readSource(path, { ...options, onProgress });
  requireImages(source, of);
  return source;
}

/**
 * The encoder that sees deep pictures in a window of its own: another encoder, since its embeddings are not to be
 * compared with those of the first.
 * @throws SemblanceError WINDOW_INVALID
 */
function seenIn(definition: EncoderDefinition, text: string): EncoderDefinition {
  const choice = parseWindow(text);
  if (choice.kind === 'default') return definition;
  const window = windowText(choice);
  const name = `${definition.name}.${window.replaceAll(/[^a-z0-9.-]/g, '-')}`;
  return { ...definition, name, preprocess: { ...definition.preprocess, window } };
}

/** What was indexed, with what was left out as it was asked for counted by kind in place of being failures. */
function withoutOtherObjects({ failures, ...result }: IndexResult, root: string) {
  const left = new LeftOutCount();
  const real = failures.filter(({ code, message, subject }) => {
    if (code !== 'DICOM_NOT_AN_IMAGE' && code !== 'BURNED_IN_TEXT') return true;
    left.add(message, relative(root, subject ?? ''));
    return false;
  });
  const failed = result.failed - (failures.length - real.length);
  return { ...result, failed, failures: real, others: left.list() };
}

/** That paths name patients, where they do. */
function hiddenIn(store: CollectionStore, sources: readonly Source[]): SemblanceError[] {
  return sources.flatMap(({ root }) => {
    const { count, example } = store.hidden.count(store.sources.register(root));
    if (example === null) return [];
    const why = `${count} paths have pseudonyms in place of names of folders and files.`;
    return [new SemblanceError('PATHS_NAME_PATIENTS', why, { subject: example })];
  });
}

/** A source with the frames that are known of its images. */
function asTaken(store: CollectionStore, source: Source): Source {
  const id = store.sources.register(source.root);
  const images = source.images.map((image) => ({
    ...image,
    frames: store.images
      .knownFrames(id, image.path)
      .map(({ frame }) => frame)
      .join(),
  }));
  return { ...source, images };
}

/** What a collection knows, by where it was indexed from. */
function knownSources(store: CollectionStore): Source[] {
  return store.sources.list().map(({ id, root }) => ({
    root,
    images: store.images.descriptions(id),
    failures: [],
    leftOut: [],
    linked: [],
  }));
}

async function pruneAll(
  store: CollectionStore,
  sources: readonly Source[],
  given: Source | undefined,
  thumbnails: ThumbnailFolder,
): Promise<Pick<Indexing, 'removed' | 'unclear'>> {
  const parts: Awaited<ReturnType<typeof prune>>[] = [];
  // What a collection knows of a PACS is not what that has; of folders the disk tells.
  const listed =
    given?.whole === true
      ? new Set(given.images.map(({ path }) => placeOf(given.root, path)))
      : undefined;
  for (const { root } of sources) {
    parts.push(await prune(store, store.sources.register(root), root, listed));
  }
  thumbnails.forget(new Set(parts.flatMap(({ contents }) => contents)));
  const removed = parts.reduce((sum, { removed }) => sum + removed, 0);
  if (removed > 0) forgetIndexFiles(store);
  return {
    removed,
    unclear: parts.reduce((sum, { unclear }) => sum + unclear, 0),
  };
}

/** First images that are named of each kind. */
const EXAMPLES = 3;

/** What is known of burned-in text in a collection. */
function burnedInOf(store: CollectionStore): Indexing['burnedIn'] {
  const policy = store.dicom().burnedIn;
  const having = (field: string, values: readonly string[]) => ({
    ...{ field, not: false },
    values: values.map((value) => [value]),
  });
  const known = BURNED_IN_STATES.map((state) => {
    const filter = [having(BURNED_IN_FIELD, [state])];
    const count = store.images.count(filter);
    const first = count === 0 ? [] : store.images.page({ filter, limit: EXAMPLES });
    return { state, count, examples: first.map(({ path }) => path) };
  });
  const often = having('modality', OFTEN_WITH_TEXT);
  const all = policy === 'auto' || policy === 'off' ? [often] : [];
  const looked = store.images.count([...all, having(BURNED_IN_FIELD, BURNED_IN_STATES)]);
  return {
    policy,
    images: known.filter(({ count }) => count > 0),
    notLookedAt: store.images.count(all) - looked,
  };
}

/** How an encoder stands in its collection. */
function standingOf(
  store: CollectionStore,
  fingerprint: string,
): Pick<Indexing, 'default' | 'isDefault' | 'missingEmbeddings'> {
  const answers = store.encoders.default();
  const own = store.encoders.list().find((encoder) => encoder.fingerprint === fingerprint);
  return {
    default: answers?.name ?? null,
    isDefault: answers?.fingerprint === fingerprint,
    missingEmbeddings: own ? store.encoders.countMissing(own.id) : store.images.count(),
  };
}
