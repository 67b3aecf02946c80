import { existsSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type {
  Check,
  CollectionInfo,
  Deletion,
  Duplicates,
  Inventory,
  Removal,
} from '../contract/collections.ts';
import type {
  CollectionSummary,
  Facet,
  Image,
  ImageDetails,
  ImagePage,
  Ready,
  UnitImages,
} from '../contract/shapes.ts';
import { errorData, SemblanceError, toSemblanceError } from '../domain/errors/error.ts';
import { isFusion, parseFusion } from '../domain/fusion.ts';
import type { IdSet } from '../domain/id-bitmap.ts';
import type { UnitLevel } from '../domain/levels.ts';
import { storedDescription } from '../encoding/encoders/stored-description.ts';
import { Slices } from '../runtime/slices.ts';
import { chooseEncoder } from '../search/choose-encoder.ts';
import { Fingerprints, findDuplicates } from '../search/duplicates.ts';
import type { ChangingTask } from '../store/change-receipt.ts';
import { CollectionFiles, type Copying } from '../store/collection-files.ts';
import type { CollectionStore } from '../store/collection-store.ts';
import type { DataDirectory } from '../store/data-directory.ts';
import type { ReadableCollection } from '../store/readable-collection.ts';
import type { StoredEncoder } from '../store/records.ts';
import { TaskStore } from '../store/task-store.ts';
import type { Call } from './call.ts';
import { checkCollection } from './check-collection.ts';
import { forgetIndexFiles } from './forget-index-files.ts';
import { imageDetails, toImage } from './images.ts';
import type { OpenCollections } from './open-collections.ts';
import type { ImageOf } from './pictures.ts';
import { problemDocument } from './problem.ts';
import { selectRemoval } from './select-removal.ts';
import type { Page, RemovalRequest, Selection } from './selection.ts';
import type { ThumbnailFolder } from './thumbnail-folder.ts';
import { WholeCall } from './whole-call.ts';

/**
 * The task that a change of a collection is of. It is taken out of a request within the methods, since their declared
 * types do not have it.
 */
interface OfTask {
  /** @internal */
  task?: ChangingTask | undefined;
}

/** Values of a field that are told of a collection at the most. */
const INFO_VALUES = 20;

/** Images of duplicates that are read at a time. */
const PIECE = 1000;

/** Which images of a collection are compared. */
interface DuplicatesRequest {
  collection: string;
  /** By default that of the collection. */
  encoder?: string | undefined;
  /** A filter. */
  where?: string | undefined;
}

/** What was compared. */
type DuplicatesSummary = Omit<Duplicates, 'clusters'>;

/** An image of a cluster. */
export interface DuplicateImage {
  kind: Duplicates['clusters'][number]['kind'];
  image: Image;
  /** Whether it is the first of its cluster. */
  isFirst: boolean;
}

/** What collections there are and what they hold. */
export class CollectionService {
  private readonly files: CollectionFiles;

  /** @internal */
  constructor(
    private readonly collections: OpenCollections,
    private readonly directory: DataDirectory,
    private readonly thumbnails: ThumbnailFolder,
  ) {
    this.files = new CollectionFiles(directory);
  }

  /** Names of the collections there are, sorted. */
  names(): string[] {
    return this.collections.names();
  }

  /** All collections. One that cannot be opened hides none of the others: it has its problem. */
  list(): CollectionSummary[] {
    return this.collections.names().map((name) => {
      try {
        return summaryOf(name, this.collections.store(name));
      } catch (error) {
        return { name, images: 0, encoders: [], problem: problemDocument(error) };
      }
    });
  }

  /**
   * Opens every collection. One that is damaged hides none of the others: it has its problem.
   * @throws SemblanceError where the system has nothing left for any of them; of the first, where none can be opened
   */
  openAll(): Ready['problems'] {
    const names = this.collections.names();
    const problems = names.flatMap((name) => {
      try {
        this.collections.store(name).generation();
        return [];
      } catch (error) {
        const coded = toSemblanceError(error, name);
        if (coded.status === 503) throw coded;
        return [{ name, problem: problemDocument(coded), coded }];
      }
    });
    if (problems[0] !== undefined && problems.length === names.length) throw problems[0].coded;
    return problems.map(({ name, problem }) => ({ name, problem }));
  }

  /** All collections with the encoders that they have stored; what cannot be opened has its error. */
  inventory(): Inventory {
    const { directory } = this;
    const collections = directory.collections().map((name) => {
      try {
        // Closed again: there may be more of them than files may be open.
        return directory.whileOpen(name, (store) => ({
          name,
          images: store.images.count(),
          encoders: store.encoders.list(),
        }));
      } catch (error) {
        return { name, error: errorData(toSemblanceError(error, name)) };
      }
    });
    return { home: directory.folder, collections };
  }

  /** What a collection holds. @throws SemblanceError COLLECTION_NOT_FOUND */
  info({ collection }: { collection: string }): CollectionInfo {
    const store = this.collections.store(collection);
    const images = store.images.count();
    const preferred = store.encoders.default();
    const encoders = store.encoders
      .list()
      .map(({ id, name, dimension, embeddings, fingerprint }) => {
        return { name, dimension, embeddings, fingerprint, isDefault: id === preferred?.id };
      });
    const fields = store.fields.facets([], INFO_VALUES).filter(({ field }) => field !== 'patient');
    return { name: collection, file: store.file, images, encoders, fields };
  }

  /**
   * Looks for damage, and with `files` for files that changed.
   * @param request `collections`: their names; all by default
   * @throws SemblanceError COLLECTION_NOT_FOUND, COLLECTION_NAME_INVALID; damage is part of the answer
   */
  async check(
    call: Call,
    {
      collections = this.directory.collections(),
      files = false,
    }: { collections?: readonly string[]; files?: boolean },
  ): Promise<Check> {
    const checks: Check['collections'] = [];
    // They know what lets one into a PACS.
    const objects = files ? this.collections.pictures.objects : undefined;
    for (const name of collections) {
      call.signal?.throwIfAborted();
      checks.push(await checkCollection(call, this.directory, name, objects));
    }
    return { collections: checks };
  }

  /**
   * Images that are equal, or other forms of the same picture.
   * @throws SemblanceError COLLECTION_NOT_FOUND, ENCODER_NOT_FOUND, QUERY_INVALID; the signal's reason
   */
  async duplicates(call: Call, request: DuplicatesRequest): Promise<Duplicates> {
    const clusters: Duplicates['clusters'] = [];
    const summary = await this.eachDuplicate(call, request, () => ({ kind, image, isFirst }) => {
      if (isFirst) clusters.push({ kind, images: [] });
      clusters.at(-1)?.images.push(image);
    });
    return { ...summary, clusters };
  }

  /**
   * As `duplicates`, with the images handed over one after the other: there may be more than fit into memory.
   * @param begin is told what was compared, and gives what takes the images
   */
  eachDuplicate(
    call: Call,
    { collection, encoder, where = '' }: DuplicatesRequest,
    begin: (summary: DuplicatesSummary) => (found: DuplicateImage) => void,
  ): Promise<DuplicatesSummary> {
    return this.collections.use(collection, ({ store }) => {
      const { id: encoderId, name } = chooseEncoder(store, encoder);
      const filter = store.fields.where(where);
      const steps = new WholeCall(call, { read: 1, hashes: 1, clusters: 1 });
      const told = (part: 'read' | 'hashes' | 'clusters', unit: string) =>
        steps.counting(part, { unit, of: collection });
      return store.descriptions.selecting(
        filter,
        async (state, { allowed }) => {
          const total = allowed?.size ?? state.images.count();
          const images = await fingerprintsOf(state, allowed, told('read', 'images'));
          const clusters = await findDuplicates(
            images,
            (id) => state.embeddings.get(encoderId, id),
            { signal: call.signal, progress: told('hashes', 'hashes') },
          );
          const { count, unhashed } = images;
          const summary = { collection, encoder: name, compared: count, unhashed };
          const whole = { ...summary, unread: total - count };
          const take = begin(whole);
          const tell = told('clusters', 'images');
          let done = 0;
          for (const { kind, images: ids } of clusters) {
            for (let at = 0; at < ids.length; at += PIECE) {
              const piece = state.images.some([...ids.subarray(at, at + PIECE)]);
              piece.forEach((image, i) => {
                take({ kind, image: toImage(image), isFirst: at + i === 0 });
              });
              done += piece.length;
              tell(done, clusters.images);
            }
          }
          return whole;
        },
        call.signal,
      );
    });
  }

  /**
   * Makes an empty collection.
   * @throws SemblanceError COLLECTION_NAME_INVALID, COLLECTION_EXISTS, DISK_FULL, HOME_READ_ONLY
   */
  async create({ collection }: { collection: string }): Promise<CollectionSummary> {
    await this.files.create(collection);
    return this.summary(collection);
  }

  /**
   * Copies a collection as it is at this moment, with calibrations and what was received for it; the files of its images
   * stay where they are. Others go on reading and writing it.
   * @throws SemblanceError COLLECTION_NOT_FOUND, COLLECTION_NAME_INVALID, COLLECTION_EXISTS, COLLECTION_DAMAGED,
   *   DISK_FULL; the signal's reason, and then nothing is left of the copy
   */
  async copy(
    call: Call,
    request: { collection: string; to: string } & OfTask,
  ): Promise<CollectionSummary> {
    const { collection, to, task } = request;
    await this.files.copy(collection, to, { ...copying(call, collection), task });
    return this.summary(to);
  }

  /**
   * Gives a collection another name, with roles in it and what was received for it. It takes as long, and as much of the
   * disk, as a copy; meanwhile it can be read and not be written.
   * @throws SemblanceError as `copy`; COLLECTION_BUSY while it is written or indexed into, also by a task that waits
   */
  async rename(
    call: Call,
    request: { collection: string; to: string } & OfTask,
  ): Promise<CollectionSummary> {
    const { collection, to, task } = request;
    this.refuseWithTasks(collection, task);
    await this.files.rename(collection, to, { ...copying(call, collection), task });
    return this.summary(to);
  }

  /**
   * Removes a collection with all that is stored of it, what was received for it, and roles in it. Other files of its images
   * stay, and so does what a search engine has of it. One that is damaged can be removed, too.
   * @param request `confirm`: its name once more
   * @throws SemblanceError REQUEST_INVALID when it is not confirmed, COLLECTION_NOT_FOUND, COLLECTION_BUSY while it is
   *   written or indexed into, also by a task that waits
   */
  async delete(request: { collection: string; confirm: string } & OfTask): Promise<Deletion> {
    const { collection, confirm, task } = request;
    requireConfirmed(collection, confirm);
    this.refuseWithTasks(collection, task);
    const forget = (store: CollectionStore) => this.thumbnails.forget(store.images.contentHashes());
    const images = await this.files.remove(collection, forget, task);
    return { collection, images };
  }

  /**
   * What a task has done to a collection as a whole, which it is not to do again; undefined where it has not.
   * @throws SemblanceError those of the disk
   * @internal
   */
  doneBy(task: ChangingTask): { images: number | null } | undefined {
    return this.files.done(task);
  }

  /**
   * What copying, renaming or deleting a collection takes: its images, its bytes on the disk, and files received for it.
   * @returns images: null where it cannot be read
   * @throws SemblanceError COLLECTION_NAME_INVALID, COLLECTION_NOT_FOUND, and those of the disk
   * @internal
   */
  extent(collection: string): { images: number | null; bytes: number; received: number } {
    let images: number | null = null;
    try {
      images = this.directory.whileOpen(collection, (store) => store.images.count());
    } catch (error) {
      if (toSemblanceError(error).code !== 'COLLECTION_DAMAGED') throw error;
    }
    return { images, ...this.files.extent(collection) };
  }

  private summary(name: string): CollectionSummary {
    return summaryOf(name, this.collections.store(name));
  }

  /** @param own the task that asks: what was begun after it waits for it */
  private refuseWithTasks(collection: string, own?: ChangingTask): void {
    const tasks = TaskStore.open(this.directory.tasksFile, false);
    try {
      tasks?.reclaim();
      const id = tasks?.openOf(collection);
      if (id === undefined || (own !== undefined && id >= own.id)) return;
      throw new SemblanceError('COLLECTION_BUSY', `Task ${id} of the server works on it.`, {
        subject: collection,
      });
    } finally {
      tasks?.close();
    }
  }

  /**
   * Takes images out of a collection with all that is stored of them; their files stay, but for those that were
   * received for it: nobody else has an eye on them.
   * @throws SemblanceError COLLECTION_NOT_FOUND, IMAGE_NOT_FOUND, QUERY_INVALID, and REQUEST_INVALID when
   *   nothing says which images
   */
  async remove({ dryRun = false, ...request }: RemovalRequest): Promise<Removal> {
    const { collection } = request;
    return this.directory.whileOpen(collection, async (store) => {
      const { removed, unclear } = await selectRemoval(store, request);
      if (!dryRun) {
        const hashes = removed.map(({ id }) => store.images.contentHash(id) ?? '');
        const files = new Set(removed.map(({ id }) => store.sources.filePath(id).file));
        store.writer.remove(removed);
        forgetReceived(store, this.directory.receivedFolder(collection), files);
        if (removed.length > 0) forgetIndexFiles(store);
        this.thumbnails.forget(new Set(hashes));
      }
      return { collection, dryRun, unclear, removed };
    });
  }

  /**
   * Gives an image labels in place of those of its folder or table, which stay when it is indexed again.
   * @param request `labels`: all that it has then; null: those of its folder or table, once it is indexed again
   * @throws SemblanceError COLLECTION_NOT_FOUND, IMAGE_NOT_FOUND, COLLECTION_BUSY and those of the disk
   */
  giveLabels({
    collection,
    id,
    labels,
  }: ImageOf & { labels: readonly string[] | null }): Promise<Image> {
    return this.directory.whileOpen(collection, async (store) => {
      const image = store.images.get(id);
      store.writer.giveLabels(image.id, image, labels ?? undefined);
      return toImage(store.images.get(image.id));
    });
  }

  /** One image. @throws SemblanceError COLLECTION_NOT_FOUND, IMAGE_NOT_FOUND */
  image({ collection, id }: ImageOf): Image {
    return toImage(this.collections.store(collection).images.get(id));
  }

  /** One image, with how encoders saw it. @throws SemblanceError COLLECTION_NOT_FOUND, IMAGE_NOT_FOUND */
  imageDetails({ collection, id }: ImageOf): ImageDetails {
    return imageDetails(this.collections.store(collection), id);
  }

  /** A page of the images that match, in the order they were indexed. */
  async images(
    { signal }: Call,
    { collection, filter = [], where = '', ...page }: Selection & Page,
  ): Promise<ImagePage> {
    const store = this.collections.store(collection);
    const selected = store.fields.filter(filter, where);
    const found = await store.descriptions.page(selected, page, signal);
    return { ...found, images: found.images.map(toImage) };
  }

  /**
   * A page of the images of the same series or study as an image, each series in the order of the positions.
   * @throws SemblanceError COLLECTION_NOT_FOUND, IMAGE_NOT_FOUND
   */
  unit({
    collection,
    id,
    level = 'series',
    offset = 0,
    limit = 100,
  }: ImageOf & { level?: UnitLevel; offset?: number; limit?: number }): UnitImages {
    const { images } = this.collections.store(collection);
    const name = images.levelOf(level, images.get(id).id)?.name ?? null;
    const ids = name === null ? [id] : images.inSpace(images.idsOfSame(level, id));
    const page = ids.slice(offset, offset + limit);
    const records = new Map(images.some(page).map((record) => [record.id, record]));
    return {
      ...{ level, name, total: ids.length, offset, at: ids.indexOf(id) },
      images: page.flatMap((each) => records.get(each) ?? []).map(toImage),
    };
  }

  /** The values of each field with their counts, under the filter on the other fields. */
  async facets(
    { signal }: Call,
    { collection, filter = [], where = '' }: Selection,
  ): Promise<Facet[]> {
    const store = this.collections.store(collection);
    return store.descriptions.facets(store.fields.filter(filter, where), signal);
  }

  /** Images without an embedding of an encoder, or of any of several that are fused. */
  async missingEmbeddings({
    collection,
    encoder,
    ...page
  }: { collection: string; encoder?: string | undefined } & Page): Promise<Image[]> {
    const store = this.collections.store(collection);
    const names = isFusion(encoder) ? parseFusion(encoder).map(({ name }) => name) : [encoder];
    const ids = names.map((name) => chooseEncoder(store, name).id);
    return (await store.descriptions.withoutEmbedding(ids, page)).map(toImage);
  }
}

/** What identifies the images of a state that a filter allows. */
async function fingerprintsOf(
  state: ReadableCollection,
  allowed: IdSet | undefined,
  told: (done: number, total: number) => void,
): Promise<Fingerprints> {
  const total = allowed?.size ?? state.images.count();
  const found = new Fingerprints(total);
  const slices = new Slices(undefined);
  for (const image of state.images.fingerprints()) {
    if (allowed?.has(image.id) ?? true) found.add(image);
    if (!slices.over()) continue;
    told(found.count, total);
    await slices.pause();
  }
  return found;
}

/** @throws SemblanceError REQUEST_INVALID unless the name of a collection that is to go was given once more */
export function requireConfirmed(collection: string, confirm: string | undefined): void {
  if (confirm === collection) return;
  const why = 'To remove a collection, its name has to be given once more, as `confirm`.';
  throw new SemblanceError('REQUEST_INVALID', why, { subject: collection });
}

/** How a copy of a collection is watched. */
function copying({ signal, progress }: Call, of: string): Copying {
  return { signal, onBytes: (done, total) => progress?.(done, total, { unit: 'bytes', of }) };
}

/** Deletes those of some files that were received, and that no image is left of. */
function forgetReceived(store: CollectionStore, folder: string, files: ReadonlySet<string>): void {
  const source = store.sources.list().find(({ root }) => root === folder);
  if (source === undefined) return;
  const unused = new Set(files);
  for (const { file } of store.sources.placesOf(store.sources.idsOfSource(source.id))) {
    unused.delete(file);
  }
  for (const file of unused) if (dirname(file) === folder) rmSync(file, { force: true });
}

/** What a collection holds. */
function summaryOf(name: string, store: CollectionStore): CollectionSummary {
  // An encoder whose settings changed has several rows: the one searched with is shown.
  const filled = store.encoders.list().filter((e) => e.embeddings > 0);
  const preferred = store.encoders.default();
  const names = new Set([preferred, ...filled].flatMap((e) => e?.name ?? []));
  const encoders = [...names].map((encoder) => {
    const stored = chooseEncoder(store, encoder);
    return {
      name: stored.name,
      dimension: stored.dimension,
      embeddings: stored.embeddings,
      isDefault: stored.id === preferred?.id,
      ...abilitiesOf(stored),
    };
  });
  return { name, images: store.images.count(), encoders, identity: store.dicom().identity };
}

/** What an encoder is called, and whether it can encode. One that is damaged says so to whoever uses it. */
function abilitiesOf(
  stored: StoredEncoder,
): Pick<CollectionSummary['encoders'][number], 'title' | 'available' | 'text'> {
  try {
    const { definition } = storedDescription(stored);
    const { title, model } = definition;
    const text = 'text' in definition ? definition.text : undefined;
    return {
      title,
      available: 'builtin' in model || existsSync(model.file),
      text: text !== undefined && [text.model.file, ...text.tokenizer.files].every(existsSync),
    };
  } catch (error) {
    if (!(error instanceof SemblanceError && error.code === 'ENCODER_DAMAGED')) throw error;
    return { title: stored.name, available: false, text: false };
  }
}
