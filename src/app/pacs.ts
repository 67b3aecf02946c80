import type { PacsPreview, PacsTest } from '../contract/pacs.ts';
import { SemblanceError } from '../domain/errors/error.ts';
import { patientOf } from '../indexing/identity.ts';
import type { PacsKeys, PacsSecrets } from '../pacs/access.ts';
import type { PacsClient, SaidDataSet } from '../pacs/client.ts';
import { isDimse } from '../pacs/dimse/place.ts';
import type { Patience } from '../pacs/patience.ts';
import { isEncrypted, parsePacs } from '../pacs/place.ts';
import type { CollectionStore } from '../store/collection-store.ts';
import type { DataDirectory } from '../store/data-directory.ts';
import { identityKey } from '../store/identity-key.ts';
import { Pseudonyms } from '../store/pseudonyms.ts';
import type { Call } from './call.ts';
import type { OpenCollections } from './open-collections.ts';

/** A PACS, and what lets one in. */
export interface PacsRequest {
  /**
   * `dicomweb+https://host/path` or `dimse://TITLE@host:port`, with attributes of studies behind `?` as QIDO-RS takes
   * them.
   */
  address: string;
  /** For this call; by default what the environment says, or what was said when it was indexed. */
  secrets?: PacsSecrets | undefined;
}

/** What is to be counted. */
export interface PacsPreviewRequest extends PacsRequest {
  /** What is known already is told of this one; it need not be there. */
  collection?: string | undefined;
  /** It is counted no further than this. */
  maxStudies?: number | undefined;
  maxSeconds?: number | undefined;
}

/** Whoever fills in a form is not to wait for tries that help a long run. */
const TEST: Patience = { tries: 1, silence: 10_000 };
const PREVIEW: Patience = { tries: 2, silence: 20_000 };

/** By default it is counted no further. */
const MAX_STUDIES = 10_000;
const MAX_SECONDS = 60;

const EXAMPLES = 5;

/** Attributes of a study, with the tags that QIDO-RS answers by (PS3.18, table 10.6.3-3). */
const TAGS = {
  StudyDate: '00080020',
  ModalitiesInStudy: '00080061',
  PatientID: '00100020',
  IssuerOfPatientID: '00100021',
  NumberOfStudyRelatedSeries: '00201206',
  NumberOfStudyRelatedInstances: '00201208',
} as const;

/** A modality as the standard writes it; another text may be anything. */
const MODALITY = /^[A-Z][A-Z0-9_]{0,15}$/;

/** Tries PACS, and tells what there is in them. */
export class PacsService {
  /** @internal */
  constructor(
    private readonly collections: OpenCollections,
    private readonly directory: DataDirectory,
    private readonly keys: PacsKeys,
  ) {}

  /**
   * Finds out whether a PACS answers, lets one in and lets its studies be listed, by DICOMweb or DIMSE.
   * @throws SemblanceError PACS_ADDRESS_INVALID, PACS_HOST_UNKNOWN, PACS_NOT_LISTENING, PACS_NOT_TRUSTED, PACS_REFUSED,
   *   PACS_ANSWER_INVALID, PACS_UNAVAILABLE
   */
  async test({ signal }: Call, request: PacsRequest): Promise<PacsTest> {
    return this.asked(request, TEST, async (client, pacs, query) => {
      const begun = performance.now();
      const hasStudies = await client.hasStudies(query, signal);
      return {
        ...{ pacs, kind: isDimse(pacs) ? ('dimse' as const) : ('dicomweb' as const), hasStudies },
        milliseconds: Math.round(performance.now() - begun),
        encrypted: isEncrypted(pacs),
      };
    });
  }

  /**
   * Counts what indexing would take, by what the PACS says of its studies; nothing is fetched.
   * @throws SemblanceError as `test`, COLLECTION_NAME_INVALID; the signal's reason
   */
  async preview(call: Call, request: PacsPreviewRequest): Promise<PacsPreview> {
    const { collection, maxStudies = MAX_STUDIES, maxSeconds = MAX_SECONDS } = request;
    const store = collection === undefined ? undefined : this.known(collection);
    this.directory.create();
    const pseudonyms = new Pseudonyms(identityKey(this.directory.folder));
    const timeout = AbortSignal.timeout(maxSeconds * 1000);
    const signal = call.signal ? AbortSignal.any([call.signal, timeout]) : timeout;
    return this.asked(request, PREVIEW, async (client, pacs, query) => {
      const count = new StudyCount(pseudonyms, store);
      let stopped: PacsPreview['stopped'] = null;
      try {
        for await (const [uid, study] of client.studies(query, Object.values(TAGS), signal)) {
          if (count.studies === maxStudies) {
            stopped = 'studies';
            break;
          }
          count.add(uid, study);
          call.progress?.(count.studies, undefined, { unit: 'studies' });
        }
      } catch (error) {
        call.signal?.throwIfAborted();
        if (!timeout.aborted) throw error;
        if (count.studies === 0) {
          const why = `It did not list a study within ${maxSeconds} seconds.`;
          throw new SemblanceError('PACS_UNAVAILABLE', why, { subject: pacs });
        }
        stopped = 'time';
      }
      return { pacs, ...count.told(), stopped };
    });
  }

  /**
   * Tells what lets one into a PACS, for as long as this application is open; it is kept in memory alone.
   * @throws SemblanceError PACS_ADDRESS_INVALID, PACS_SECRET_INVALID
   */
  letIn({ address, secrets = {} }: PacsRequest): void {
    const { root } = parsePacs(address);
    // What cannot be used is refused here, and not kept.
    this.keys.of(root, secrets);
    this.keys.tell(root, secrets);
  }

  private async asked<T>(
    { address, secrets }: PacsRequest,
    patience: Patience,
    ask: (client: PacsClient, root: string, query: URLSearchParams) => Promise<T>,
  ): Promise<T> {
    const { openPacs } = await import('../pacs/open.ts');
    const { root, query } = parsePacs(address);
    const given = secrets?.user === undefined && secrets?.token === undefined ? undefined : secrets;
    const client = openPacs(root, this.keys.of(root, given), patience);
    try {
      return await ask(client, root, query);
    } finally {
      await client.close();
    }
  }

  private known(collection: string): CollectionStore | undefined {
    try {
      return this.collections.store(collection);
    } catch (error) {
      if (error instanceof SemblanceError && error.code === 'COLLECTION_NOT_FOUND')
        return undefined;
      throw error;
    }
  }
}

/** Counts studies by what a PACS says of them. */
class StudyCount {
  studies = 0;
  private series = 0;
  private instances = 0;
  private undated = 0;
  private readonly untold = { series: 0, instances: 0 };
  private readonly modalities = new Map<string, number>();
  private dates: { first: string; last: string } | null = null;
  private readonly known = { studies: 0, images: 0 };
  private readonly examples: PacsPreview['examples'] = [];

  constructor(
    private readonly pseudonyms: Pseudonyms,
    private readonly store: CollectionStore | undefined,
  ) {}

  add(uid: string, study: SaidDataSet): void {
    const first = (name: keyof typeof TAGS) => study[TAGS[name]]?.Value?.[0];
    this.studies += 1;
    const series = wholeNumber(first('NumberOfStudyRelatedSeries'));
    const instances = wholeNumber(first('NumberOfStudyRelatedInstances'));
    this.series += series ?? 0;
    this.instances += instances ?? 0;
    if (series === null) this.untold.series += 1;
    if (instances === null) this.untold.instances += 1;
    const modalities = modalitiesOf(study);
    for (const each of modalities) {
      this.modalities.set(each, (this.modalities.get(each) ?? 0) + 1);
    }
    const date = /^(\d{4})(\d\d)(\d\d)$/.exec(String(first('StudyDate') ?? ''));
    if (date === null) this.undated += 1;
    else this.addDay(date.slice(1).join('-'));
    const name = this.pseudonyms.of('study', uid);
    const known = this.imagesOf(name, uid);
    this.known.images += known;
    if (known > 0) this.known.studies += 1;
    if (this.examples.length >= EXAMPLES) return;
    const [id, issuer] = [first('PatientID'), first('IssuerOfPatientID')].map((value) =>
      typeof value === 'string' && value !== '' ? value : undefined,
    );
    const patient = patientOf({
      ...(id !== undefined && { PatientID: id }),
      ...(issuer !== undefined && { IssuerOfPatientID: issuer }),
    });
    this.examples.push({
      patient: patient === undefined ? null : this.pseudonyms.of('patient', patient),
      ...{ study: name, year: date?.[1] ?? null, modalities, instances, known },
    });
  }

  told(): Omit<PacsPreview, 'pacs' | 'stopped'> {
    const { studies, series, instances, untold, dates, undated, known, examples } = this;
    const modalities = [...this.modalities]
      .map(([modality, count]) => ({ modality, studies: count }))
      .sort((a, b) => b.studies - a.studies || (a.modality < b.modality ? -1 : 1));
    return { studies, series, instances, untold, modalities, dates, undated, known, examples };
  }

  private addDay(day: string): void {
    const { first = day, last = day } = this.dates ?? {};
    this.dates = { first: day < first ? day : first, last: day > last ? day : last };
  }

  /** How many images of a study the collection has, which keeps it by its pseudonym or, where it was told to, its UID. */
  private imagesOf(pseudonym: string, uid: string): number {
    const filter = [{ field: 'study', not: false, values: [[pseudonym], [uid]] }];
    return this.store?.images.count(filter) ?? 0;
  }
}

/** A number of an answer: some PACS write it as a text. */
function wholeNumber(value: unknown): number | null {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return Number.isSafeInteger(number) && (number as number) >= 0 ? (number as number) : null;
}

function modalitiesOf(study: SaidDataSet): string[] {
  const values = study[TAGS.ModalitiesInStudy]?.Value ?? [];
  // Some write all of them as one value.
  const texts = values.flatMap((value) => String(value).split('\\'));
  return [...new Set(texts.filter((text) => MODALITY.test(text)))];
}
