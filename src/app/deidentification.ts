import { join } from 'node:path';
import type { ExportedImages } from '../contract/exchange.ts';
import type { OpenedObject } from '../dicom/confidentiality/deidentify.ts';
import { errorData, SemblanceError, toSemblanceError } from '../domain/errors/error.ts';
import type { BURNED_IN_POLICIES, EXPORTED_DATES } from '../domain/identity.ts';
import { makeFolder } from '../files/make-folder.ts';
import { writeWhole } from '../files/write-file.ts';
import { patientOf } from '../indexing/identity.ts';
import { LeftOutCount } from '../indexing/left-out.ts';
import type { CollectionStore } from '../store/collection-store.ts';
import type { DataDirectory } from '../store/data-directory.ts';
import { identityKey } from '../store/identity-key.ts';
import { Pseudonyms } from '../store/pseudonyms.ts';
import type { ImageRecord } from '../store/records.ts';
import { registeredFile } from '../store/registered-file.ts';
import type { Call } from './call.ts';
import type { OpenCollections } from './open-collections.ts';
import type { Selection } from './selection.ts';

/** Which images are written where. */
export interface ImageExportRequest extends Selection {
  /** Is made where it is absent; files of the same names are replaced. */
  folder: string;
  /** Numbers of images; those that the filters allow where none is given. */
  ids?: readonly number[];
  burnedIn?: (typeof BURNED_IN_POLICIES)[number] | undefined;
}

/** As `ImageExportRequest`, of DICOM. */
export interface DicomExportRequest extends ImageExportRequest {
  dates?: (typeof EXPORTED_DATES)[number] | undefined;
}

/** What is exported of one file; the text is why it is left out. */
type Write = (
  image: ImageRecord,
  source: ReturnType<typeof registeredFile>,
) => Promise<string | undefined>;

const NO_DICOM = 'picture that is no DICOM';

/** Writes images of collections without what tells whom they are of. */
export class DeidentificationService {
  /** @internal */
  constructor(
    private readonly collections: OpenCollections,
    private readonly directory: DataDirectory,
  ) {}

  /**
   * Writes the DICOM objects of images by the Basic Application Level Confidentiality Profile (PS3.15, annex E), an object
   * once however many of its frames are asked for. UIDs, patients and moved dates are the same in every export of a data
   * directory. What is left out and what failed is counted; the call's signal ends it after the file under way.
   * @throws SemblanceError COLLECTION_NOT_FOUND, IMAGE_NOT_FOUND, QUERY_INVALID, DISK_FULL and those of making the folder
   */
  async dicom(call: Call, request: DicomExportRequest): Promise<ExportedImages> {
    const { openToDeidentify } = await import('../dicom/confidentiality/deidentify.ts');
    const { hashOf } = await import('../encoding/preprocess/opened-picture.ts');
    const pseudonyms = new Pseudonyms(identityKey(this.directory.folder));
    const done = new Set<string>();
    const { objects } = this.collections.pictures;
    return this.each(call, request, (exported) => async (image, { path, contentHash }) => {
      if (image.decoding?.format !== 'dicom') return NO_DICOM;
      if (done.has(contentHash)) return undefined;
      done.add(contentHash);
      const from = await objects.at(path).open(path, call.signal);
      if ((await hashOf(from)).contentHash !== contentHash) {
        throw new SemblanceError('IMAGE_CHANGED', 'The file is not the one that was indexed.');
      }
      const object = openToDeidentify('path' in from ? from.path : from.bytes);
      try {
        const refused = exported.refusal(object);
        if (refused !== undefined) return refused;
        const { identity } = object.facts;
        const { StudyInstanceUID: study, SeriesInstanceUID: series, SOPInstanceUID } = identity;
        const person = patientOf(identity) ?? study ?? contentHash;
        const uid = (of: string | undefined) => pseudonyms.uid(of ?? contentHash);
        const folder = join(request.folder, uid(study), uid(series));
        makeFolder(folder, 0o700);
        writeWhole(join(folder, `${uid(SOPInstanceUID)}.dcm`), (sink) =>
          object.write(
            sink,
            {
              uid,
              patient: pseudonyms.of('patient', person),
              ...(request.dates === 'shifted' && { days: pseudonyms.days(person) }),
            },
            contentHash,
          ),
        );
        exported.files += 1;
        return undefined;
      } finally {
        object.close();
      }
    });
  }

  /**
   * Writes images as 8-bit PNGs in full size, as encoders see them, named by their numbers and with nothing but pixels.
   * @throws SemblanceError as `dicom`
   */
  async pictures(call: Call, request: ImageExportRequest): Promise<ExportedImages> {
    const { openToDeidentify } = await import('../dicom/confidentiality/deidentify.ts');
    const { objects } = this.collections.pictures;
    return this.each(call, request, (exported) => async (image, source) => {
      if (image.decoding?.format === 'dicom') {
        const from = await objects.at(source.path).open(source.path, call.signal);
        const object = openToDeidentify('path' in from ? from.path : from.bytes);
        try {
          const refused = exported.refusal(object);
          if (refused !== undefined) return refused;
        } finally {
          object.close();
        }
      } else exported.unsaid += 1;
      const png = await this.collections.pictures.png(source, call.signal);
      writeWhole(join(request.folder, `${image.id}.png`), (sink) => sink(png));
      exported.files += 1;
      return undefined;
    });
  }

  private async each(
    { signal, progress, gave }: Call,
    { collection, folder, ids, filter = [], where = '', burnedIn }: ImageExportRequest,
    writing: (exported: Exported) => Write,
  ): Promise<ExportedImages> {
    const store: CollectionStore = this.collections.store(collection);
    const selected = store.images.idsWhere(store.fields.filter(filter, where));
    const wanted = ids === undefined || ids.length === 0 ? selected : chosen(store, ids, selected);
    makeFolder(folder, 0o700);
    const exported = new Exported(burnedIn ?? 'refuse');
    const write = writing(exported);
    const failures: SemblanceError[] = [];
    const written: number[] = [];
    let looked = 0;
    for (const id of wanted) {
      if (signal?.aborted) break;
      const image = store.images.get(id);
      try {
        const source = registeredFile(store, id);
        const why = await write(image, source);
        if (why === undefined) written.push(id);
        else exported.leftOut.add(why, image.path);
      } catch (error) {
        if (signal?.aborted) break;
        const { code, message } = toSemblanceError(error);
        const failure = new SemblanceError(code, message, { subject: image.path });
        if (code === 'DISK_FULL') {
          gave?.(collection, written);
          throw failure;
        }
        failures.push(failure);
      }
      looked += 1;
      progress?.(looked, wanted.length, { unit: 'images', of: collection });
    }
    gave?.(collection, written);
    return {
      ...{ collection, folder, images: wanted.length, files: exported.files },
      leftOut: exported.leftOut.list(),
      warnings: exported.warnings().map(errorData),
      failures: failures.map(errorData),
      complete: looked === wanted.length,
    };
  }
}

/** The images that are meant by their numbers, in their order. @throws SemblanceError IMAGE_NOT_FOUND */
function chosen(store: CollectionStore, ids: readonly number[], selected: number[]): number[] {
  for (const id of ids) store.images.get(id);
  const allowed = new Set(selected);
  return [...new Set(ids)].filter((id) => allowed.has(id));
}

/** Counts of an export. */
class Exported {
  files = 0;
  /** Files that were written although names may be drawn into them. */
  unsaid = 0;
  readonly leftOut = new LeftOutCount();

  constructor(private readonly policy: (typeof BURNED_IN_POLICIES)[number]) {}

  /** Why an object is not written. */
  refusal({ kind, burnedIn }: OpenedObject): string | undefined {
    if (kind !== 'image' && kind !== 'secondary capture') return `DICOM ${kind}`;
    if (burnedIn === 'no') return undefined;
    if (this.policy === 'allow') {
      this.unsaid += 1;
      return undefined;
    }
    return burnedIn === 'yes'
      ? 'DICOM with burned-in annotation'
      : 'DICOM that does not say whether annotation is burned in';
  }

  warnings(): SemblanceError[] {
    if (this.unsaid === 0) return [];
    const why = `Of ${this.unsaid} pictures that were written it is not known that nothing is drawn into them.`;
    return [new SemblanceError('DICOM_BURNED_IN', why)];
  }
}
