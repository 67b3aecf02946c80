import type { DocumentKind } from '../contract/documents.ts';
import type { SearchResult } from '../contract/shapes.ts';
import {
  type InstanceReference,
  keyObjects,
  type MadeDocument,
  similarityReport,
  type ToldSearch,
} from '../dicom/documents.ts';
import { type JsonDataSet, numberIn, partOf, textIn } from '../dicom/json.ts';
import { SemblanceError } from '../domain/errors/error.ts';
import { type LeftOut, leftOutText } from '../domain/left-out.ts';
import { writeWhole } from '../files/write-file.ts';
import { LeftOutCount } from '../indexing/left-out.ts';
import type { PacsKeys } from '../pacs/access.ts';
import { DicomwebClient } from '../pacs/dicomweb.ts';
import { isDimse } from '../pacs/dimse/place.ts';
import { sendObjects } from '../pacs/dimse/send.ts';
import { parsePacs } from '../pacs/place.ts';
import type { Call } from './call.ts';
import type { DescribedInstance, InstanceService } from './instances.ts';
import type { OpenCollections } from './open-collections.ts';

/** A picture that a search is made with: its file, or what is in it. */
type QueryPicture = { path: string } | { bytes: Uint8Array };

/** DICOM documents of a search, and what they refer to. */
export interface SearchDocuments {
  documents: (MadeDocument & { kind: DocumentKind })[];
  /** Results that they refer to. */
  references: number;
  /** Results that they do not refer to, by reason. */
  leftOut: LeftOut[];
}

/** Makes DICOM documents of searches, and sends them to archives. */
export class DocumentService {
  /** @internal */
  constructor(
    private readonly collections: OpenCollections,
    private readonly instances: InstanceService,
    private readonly keys: PacsKeys,
  ) {}

  /**
   * Documents that tell of a search: of the query's patient and study, where it is an instance of one.
   * @param request `answer`: of the search; `query`: the picture searched with, where it is none of the collection
   * @throws SemblanceError NOTHING_TO_REFER_TO (no result is a DICOM instance), and those of reading the query
   */
  async make(
    call: Call,
    {
      answer,
      query,
      kinds,
    }: { answer: SearchResult; query?: QueryPicture | undefined; kinds: readonly DocumentKind[] },
  ): Promise<SearchDocuments> {
    const { collection, neighbours } = answer;
    const described = await this.instances.describeEach(
      call,
      neighbours.map(({ image: { id } }) => ({ collection, id })),
    );
    const leftOut = new LeftOutCount();
    const results = neighbours.flatMap(({ image, similarity, rank }, i) => {
      const reference = referenceTo(described[i], image.frame);
      if (typeof reference !== 'string') return [{ reference, similarity, rank }];
      leftOut.add(reference, image.path);
      return [];
    });
    if (results.length === 0) {
      const why = leftOut.list().map(leftOutText).join(', ');
      throw new SemblanceError('NOTHING_TO_REFER_TO', `Left out: ${why || 'nothing was found'}.`);
    }
    const told: ToldSearch = {
      ...{ collection, encoder: answer.encoder, results, made: new Date() },
      searchedWith: searchedWith(answer),
      notes: leftOut.list().map((each) => `Not referred to: ${each.count} (${each.kind}).`),
      ...(await this.subjectOf(call, answer, query)),
    };
    const make = { 'key-objects': keyObjects, report: similarityReport };
    return {
      documents: kinds.map((kind) => ({ kind, ...make[kind](told) })),
      references: results.length,
      leftOut: leftOut.list(),
    };
  }

  /** Writes a document. @throws SemblanceError DISK_FULL, PATH_NOT_FOUND (the folder), PATH_NOT_READABLE */
  save({ document, path }: { document: MadeDocument; path: string }): void {
    writeWhole(path, (sink) => sink(document.file));
  }

  /** @throws SemblanceError PACS_ADDRESS_INVALID where nothing can be sent to an address */
  checkAddress(to: string): void {
    parsePacs(to);
  }

  /**
   * Sends documents to an archive, by STOW-RS or C-STORE.
   * @param request `to`: `dicomweb+https://host/path`, or `dimse://TITLE@host:port`
   * @throws SemblanceError PACS_ADDRESS_INVALID, PACS_STORE_REFUSED, and those of `DicomwebClient.store` and
   *   `sendObjects`
   */
  async send(
    { signal }: Call,
    { documents, to }: { documents: readonly MadeDocument[]; to: string },
  ): Promise<void> {
    const { root } = parsePacs(to);
    const access = this.keys.of(root);
    if (isDimse(to)) return sendObjects(to, documents, access, { signal });
    const client = new DicomwebClient(root, access);
    try {
      await client.store(documents, signal);
    } finally {
      await client.close();
    }
  }

  /** Whom the query is of, and its reference. */
  private async subjectOf(
    call: Call,
    { collection, query: own, parts }: SearchResult,
    picture: QueryPicture | undefined,
  ): Promise<Pick<ToldSearch, 'person' | 'study' | 'query'>> {
    if (own !== null) {
      const [found] = await this.instances.describeEach(call, [{ collection, id: own.id }]);
      if (found !== undefined && !(found instanceof SemblanceError)) {
        const reference = referenceTo(found, own.frame);
        const query = typeof reference === 'string' ? undefined : reference;
        return { person: partOf(found.head, 'person'), study: found.uids.study, query };
      }
    }
    const isSearchedWith = parts.some(({ kind }) => kind === 'picture');
    const head: JsonDataSet | undefined =
      picture && isSearchedWith
        ? await this.collections.pictures.head(picture, call.signal)
        : undefined;
    const study = head && textIn(head, 'StudyInstanceUID');
    return study === undefined ? { person: {} } : { person: partOf(head ?? {}, 'person'), study };
  }
}

/** How a document refers to an instance; a text where it cannot, with the reason. */
function referenceTo(
  found: DescribedInstance | SemblanceError | undefined,
  frame: number,
): InstanceReference | string {
  if (found === undefined) return 'unknown';
  if (found instanceof SemblanceError) {
    return found.code === 'INSTANCE_NOT_FOUND'
      ? 'picture without UIDs'
      : `unreadable (${found.code})`;
  }
  const { uids, head, problem } = found;
  const sopClass = textIn(head, 'SOPClassUID');
  if (sopClass === undefined) return `instance of unknown class (${problem?.code ?? 'not said'})`;
  const several = (numberIn(head, 'NumberOfFrames') ?? 1) > 1;
  return { ...uids, sopClass, ...(several && { frame }) };
}

/** What was searched with, in words that name nobody. */
function searchedWith({ parts, level, candidates, collection, encoder }: SearchResult): string[] {
  return [
    ...parts.map(({ kind, id, text: words, role, region }) => {
      const what = words === null ? (id === null ? kind : `${kind} ${id}`) : `text "${words}"`;
      const part = region === null ? '' : `, region ${Object.values(region).join(' ')}`;
      return `${role === 'query' ? 'Searched with' : `Marked as ${role}`}: ${what}${part}`;
    }),
    `Found by the encoder ${encoder} among ${candidates} images of the collection ${collection}, at the level of ${level}.`,
  ];
}
