import { setMaxListeners } from 'node:events';
import { dirname } from 'node:path';
import type { InstanceImages } from '../contract/instances.ts';
import type { Neighbour, SearchQuery } from '../contract/shapes.ts';
import {
  type JsonDataSet,
  type JsonElement,
  jsonUid,
  numberIn,
  partOf,
  textIn,
} from '../dicom/json.ts';
import { isUid } from '../dicom/uid.ts';
import { SemblanceError, toSemblanceError } from '../domain/errors/error.ts';
import type { SearchLevel } from '../domain/levels.ts';
import { type InstanceUids, parsePlace, retrievalOf } from '../pacs/place.ts';
import type { CollectionStore } from '../store/collection-store.ts';
import { existingKey } from '../store/identity-key.ts';
import { Pseudonyms } from '../store/pseudonyms.ts';
import { registeredFile } from '../store/registered-file.ts';
import { forEach } from '../tables/files.ts';
import type { Call } from './call.ts';
import { toImage } from './images.ts';
import type { OpenCollections } from './open-collections.ts';
import type { ImageOf, OwnPicture } from './pictures.ts';
import type { SearchService } from './search.ts';

/** So many of the most similar can be asked for, page by page. */
export const MOST_SIMILAR = 1000;
/** A PACS that takes longer to describe instances (milliseconds) is not waited for: the search has its answer. */
const DESCRIBED_WITHIN = 5000;
/** Owner of the private attributes (PS3.5 section 7.8.1). */
const CREATOR = 'SEMBLANCE';

/** A DICOM instance as it is called where it lies. */
export interface DescribedInstance {
  uids: InstanceUids;
  /** What it says of itself (`headOf`); only its UIDs where there is a problem. */
  head: JsonDataSet;
  /** Address of the PACS that has it; absent of a file. */
  root?: string;
  /** Why the PACS did not describe it. */
  problem?: SemblanceError;
}

/** What is like an instance or a picture, and which part of the list is asked for. */
export interface SimilarRequest extends Pick<SearchQuery, 'encoder' | 'filter' | 'where'> {
  collection: string;
  /** An instance of the collection, with the number of its frame, or a picture that is not kept. */
  query: (InstanceUids & { frame?: number | undefined }) | OwnPicture;
  level: SearchLevel;
  limit: number;
  offset: number;
  /** Whether names, numbers and dates of patients are answered, too. */
  personal: boolean;
}

/** Similar instances, series or studies in the DICOM JSON Model (PS3.18, F.2), the most similar first. */
export interface SimilarInstances {
  results: JsonDataSet[];
  /** Numbers of the images that were found for the page, and of the one searched with. */
  images: number[];
  /** How many there are to ask for; of series and studies it is only known whether there are more. */
  total?: number;
  more: boolean;
  /** Results that could not be read, with the first reason; they are left out of the page. */
  failed: number;
  failure?: SemblanceError;
  /** Results whose PACS did not describe them: they have their UIDs alone. */
  undescribed: number;
}

/** DICOM instances by their own UIDs, whatever the collection calls them. */
export class InstanceService {
  /** @internal */
  constructor(
    private readonly collections: OpenCollections,
    private readonly search: SearchService,
  ) {}

  /**
   * The instances most similar to one of the collection, or to a picture; a frame that is found is a result of its own.
   * @throws SemblanceError INSTANCE_NOT_FOUND, and those of `SearchService.search`
   */
  async similar(call: Call, request: SimilarRequest): Promise<SimilarInstances> {
    const { collection, query, level, limit, offset, personal, encoder, filter, where } = request;
    const [part, files] =
      'bytes' in query
        ? [{ file: 0, ...(query.frame && { frame: query.frame }) }, [query.bytes]]
        : [{ image: await this.imageOf(call, collection, query) }, []];
    const last = Math.min(MOST_SIMILAR, offset + limit);
    if (offset >= last) {
      return { results: [], images: [], more: false, failed: 0, undescribed: 0 };
    }
    const asked = { collection, level, encoder, filter, where, files, parts: [part] };
    const found = await this.search.search(call, {
      ...{ ...asked, instancesOnly: true },
      k: Math.min(MOST_SIMILAR, last + 1),
    });
    const page = found.neighbours.slice(offset, last);
    const described = await this.describeEach(
      call,
      page.map(({ image: { id } }) => ({ collection, id })),
    );
    const failures = described.filter((each) => each instanceof SemblanceError);
    const total = level === 'image' ? Math.min(MOST_SIMILAR, found.candidates) : undefined;
    return {
      results: page.flatMap((neighbour, i) => {
        const instance = described[i];
        if (instance === undefined || instance instanceof SemblanceError) return [];
        return [similarJson(neighbour, instance, level, personal)];
      }),
      images: [...('image' in part ? [part.image] : []), ...page.map(({ image }) => image.id)],
      ...(total !== undefined && { total }),
      more: found.neighbours.length > last,
      failed: failures.length,
      ...(failures[0] && { failure: failures[0] }),
      undescribed: described.filter((each) => 'problem' in (each ?? {})).length,
    };
  }

  /**
   * The images of an instance, one of each collection that has it; a collection that cannot be opened has none.
   * @param request `instance`: SOP Instance UID; `frame`: which of its frames, from 1; by default the first that is there
   */
  find({ instance, frame }: { instance: string; frame?: number | undefined }): InstanceImages {
    const images = this.collections.names().flatMap((collection) => {
      try {
        const store = this.collections.store(collection);
        const id = idOf(store, instance, frame);
        return id === undefined ? [] : [{ collection, image: toImage(store.images.get(id)) }];
      } catch {
        // `CollectionService.list` says what is wrong with it.
        return [];
      }
    });
    return { images };
  }

  /** As `describe`, of many images; of one that fails the reason. @throws the signal's reason */
  async describeEach(
    { signal }: Call,
    images: readonly ImageOf[],
  ): Promise<(DescribedInstance | SemblanceError)[]> {
    const described = new Array<DescribedInstance | SemblanceError>(images.length);
    // Every one of them listens to it.
    const stop = signal && AbortSignal.any([signal]);
    if (stop) setMaxListeners(0, stop);
    await forEach(images, async (image, i) => {
      described[i] = await this.describe({ signal: stop }, image).catch((error) => {
        signal?.throwIfAborted();
        return toSemblanceError(error);
      });
    });
    return described;
  }

  /**
   * What the instance is called that an image is a frame of, and what it says of itself.
   * @throws SemblanceError those of `locate`
   */
  async describe(call: Call, image: ImageOf): Promise<DescribedInstance> {
    const { root, uids, head } = await this.locate(call, image);
    if (head !== undefined) return { uids, head };
    const { signal } = call;
    const patience = AbortSignal.timeout(DESCRIBED_WITHIN);
    const within = signal === undefined ? patience : AbortSignal.any([signal, patience]);
    const source = registeredFile(this.collections.store(image.collection), image.id);
    const found = await this.collections.pictures.head(source, within).catch((error) => {
      signal?.throwIfAborted();
      return patience.aborted
        ? new SemblanceError('PACS_UNAVAILABLE', 'It did not answer in time.')
        : toSemblanceError(error);
    });
    const described = { uids, ...(root !== undefined && { root }) };
    return found === undefined || found instanceof SemblanceError
      ? { ...described, head: headOfUids(uids), ...(found && { problem: found }) }
      : { ...described, head: found };
  }

  /**
   * The UIDs of the instance that an image is a frame of, from its address in a PACS, which is not asked, or its file.
   * @throws SemblanceError INSTANCE_NOT_FOUND (it is no DICOM), IMAGE_CHANGED, IMAGE_NOT_FOUND and those of reading
   */
  async locate(
    { signal }: Call,
    { collection, id }: ImageOf,
  ): Promise<{ uids: InstanceUids; root?: string; head?: JsonDataSet }> {
    const store = this.collections.store(collection);
    const source = registeredFile(store, id);
    if (!this.collections.pictures.objects.at(source.path).onDisk) {
      const { root, ...uids } = parsePlace(source.path);
      return { root, uids };
    }
    const name = store.images.instanceName(id);
    if (name === null) throw notFound(`Image ${id} is no DICOM instance.`);
    const head = (await this.collections.pictures.head(source, signal)) ?? {};
    const instance = textIn(head, 'SOPInstanceUID') ?? '';
    if (!namesOf(store, instance).includes(name)) {
      const why = 'The file is not the one that was indexed.';
      throw new SemblanceError('IMAGE_CHANGED', why, { subject: source.called });
    }
    const study = textIn(head, 'StudyInstanceUID');
    const series = textIn(head, 'SeriesInstanceUID');
    if (!study || !series) throw notFound(`Image ${id} does not say which study it is of.`);
    return { head, uids: { study, series, instance } };
  }

  /** The number of the image that an instance, or a frame of it, has in a collection. */
  private async imageOf(
    call: Call,
    collection: string,
    { study, series, instance, frame }: InstanceUids & { frame?: number | undefined },
  ): Promise<number> {
    const unknown = notFound('The collection has no such instance, or not this frame of it.');
    if (![study, series, instance].every(isUid)) throw unknown;
    const store = this.collections.store(collection);
    const id = idOf(store, instance, frame);
    if (id === undefined) throw unknown;
    const { uids } = await this.locate(call, { collection, id });
    if (uids.study !== study || uids.series !== series) throw unknown;
    return id;
  }
}

function notFound(why: string): SemblanceError {
  return new SemblanceError('INSTANCE_NOT_FOUND', why);
}

/** The number of the image that an instance has in a collection, or of a frame of it. */
function idOf(store: CollectionStore, instance: string, frame?: number): number | undefined {
  return store.images
    .idsOfInstance(namesOf(store, instance))
    .find((each) => frame === undefined || store.images.get(each).frame === frame);
}

/** What an instance may be called in a collection, by its policy. */
function namesOf(store: CollectionStore, instance: string): string[] {
  const key = existingKey(dirname(store.file));
  return [instance, ...(key ? [new Pseudonyms(key).of('instance', instance)] : [])];
}

function headOfUids({ study, series, instance }: InstanceUids): JsonDataSet {
  return {
    '00080018': jsonUid(instance),
    '0020000D': jsonUid(study),
    '0020000E': jsonUid(series),
  };
}

/** Attributes that are of the image, and not of the series or study that it was found in. */
const OF_IMAGE = [
  '00080016',
  '00080018',
  '00200013',
  '00280008',
  '00280010',
  '00280011',
  '00280100',
];

/** A result in the DICOM JSON Model: what QIDO-RS answers of it (PS3.18, 10.6.3.3), and how similar it is. */
function similarJson(
  { similarity, rank, probability, image }: Neighbour,
  { uids, head, root }: DescribedInstance,
  level: SearchLevel,
  personal: boolean,
): JsonDataSet {
  const said = personal ? head : partOf(head, 'instance');
  const of = (vr: string, value: string | number): JsonElement => ({ vr, Value: [value] });
  const frame =
    (numberIn(head, 'NumberOfFrames') ?? 1) > 1 ? { '00081160': of('IS', image.frame) } : {};
  const found: JsonDataSet = { ...said };
  if (level === 'image') Object.assign(found, frame);
  else {
    for (const tag of OF_IMAGE) delete found[tag];
    if (level === 'study')
      for (const tag of ['0020000E', '00200011', '00080060']) delete found[tag];
    const sopClass = textIn(head, 'SOPClassUID');
    const best = {
      ...(sopClass && { '00081150': jsonUid(sopClass) }),
      ...{ '00081155': jsonUid(uids.instance), ...frame },
    };
    found['00081199'] = { vr: 'SQ', Value: [best] };
  }
  if (root !== undefined) Object.assign(found, retrievalOf(root, uids, level));
  Object.assign(found, {
    '00990010': of('LO', CREATOR),
    '00991001': of('FD', similarity),
    '00991002': of('UL', rank),
    ...(probability !== undefined && { '00991003': of('FD', probability) }),
  });
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)));
}
