import { readDataSet } from '../../dicom/file-format.ts';
import { HEAD_TAGS, headFrom, type JsonDataSet, saidOf } from '../../dicom/json.ts';
import { knownVr, TAGS } from '../../dicom/tags.ts';
import { EXPLICIT, IMPLICIT, TRANSFER_SYNTAXES } from '../../dicom/transfer-syntax.ts';
import { isUid } from '../../dicom/uid.ts';
import { ElementWriter, fileHead } from '../../dicom/write.ts';
import { SemblanceError } from '../../domain/errors/error.ts';
import type { ErrorCode } from '../../domain/errors/registry.ts';
import type { PacsAccess } from '../access.ts';
import type { PacsClient, SaidDataSet } from '../client.ts';
import { type Patience, Tries } from '../patience.ts';
import type { InstanceUids } from '../place.ts';
import { statusText } from '../refused.ts';
import { Associations } from './associations.ts';
import type { PeerAddress, Proposal, SentObject, Suboperations } from './client.ts';
import { isSuccess, STATUS } from './command.ts';
import { MoveReceiver } from './move-receiver.ts';
import { parseDimse, peerOf } from './place.ts';

/** Study Root Query/Retrieve (PS3.4 section C.6.2). */
const FIND = '1.2.840.10008.5.1.4.1.2.2.1';
const MOVE = '1.2.840.10008.5.1.4.1.2.2.2';
const GET = '1.2.840.10008.5.1.4.1.2.2.3';

const UNCODED = [EXPLICIT.uid, IMPLICIT.uid];
/** Coded as most objects are that are: JPEG Lossless, JPEG 2000 Lossless, JPEG Baseline. */
const USUAL = ['1.2.840.10008.1.2.4.70', '1.2.840.10008.1.2.4.90', '1.2.840.10008.1.2.4.50'];

/** Classes of images (PS3.4 section B.5) that are proposed where a PACS does not say which one an instance is of. */
const IMAGES = [
  ...['1', '1.1', '1.1.1', '1.2', '1.3', '2', '2.1', '3.1', '4', '4.1', '6.1', '7', '7.2', '7.4'],
  ...['12.1', '12.1.1', '12.2', '13.1.3', '20', '77.1.1', '77.1.2', '77.1.4', '77.1.5.1', '128'],
  ...['130', '481.1'],
].map((end) => `1.2.840.10008.5.1.4.1.1.${end}`);

/** Bytes of the largest object. */
const LARGEST_OBJECT = 2e9;
/** Series of which is known what their instances are. */
const KNOWN_SERIES = 10_000;

/** Attributes that limit studies (PS3.4, table C.6-5), and some that many PACS know beyond it. */
const STUDY_KEYS = [
  ...['StudyDate', 'StudyTime', 'AccessionNumber', 'ModalitiesInStudy', 'ReferringPhysicianName'],
  ...['StudyDescription', 'InstitutionName', 'PatientName', 'PatientID', 'IssuerOfPatientID'],
  ...['PatientBirthDate', 'PatientSex', 'StudyInstanceUID', 'StudyID'],
] as (keyof typeof TAGS)[];

/** The UID of an object of each level of a query (PS3.4 section C.6.2.1). */
const UID_OF = {
  STUDY: 'StudyInstanceUID',
  SERIES: 'SeriesInstanceUID',
  IMAGE: 'SOPInstanceUID',
} as const;
type Level = keyof typeof UID_OF;

/** Keys of a query: texts by tag; an empty one asks for the attribute. */
type Keys = Partial<Record<keyof typeof TAGS, string>>;

/** What may be gone at the next try. */
const PASSING: ReadonlySet<ErrorCode> = new Set([
  'PACS_UNAVAILABLE',
  'PACS_NOT_LISTENING',
  'PACS_HOST_UNKNOWN',
]);

/** A PACS that speaks DIMSE: listed by C-FIND; objects come by C-GET, or by C-MOVE where a port is named for them. */
export class DimseArchive implements PacsClient {
  private readonly associations: Associations;
  private readonly peer: PeerAddress;
  private readonly receiver: MoveReceiver | undefined;
  /** The class of the instances of a series; null where there are several. */
  private readonly classes = new Map<string, string | null>();

  /**
   * @param root the PACS's address, as `parsePacs` gives it
   * @throws SemblanceError PACS_ADDRESS_INVALID
   */
  constructor(
    private readonly root: string,
    access: PacsAccess = {},
    private readonly patience: Patience = {},
  ) {
    const { receive, ...parsed } = parseDimse(root);
    this.peer = peerOf(parsed, access.tls);
    const { silence } = patience;
    this.associations = new Associations(this.peer, {
      ...{ maxDataSet: LARGEST_OBJECT, ...(silence !== undefined && { silence }) },
    });
    if (receive !== undefined)
      this.receiver = new MoveReceiver(parsed.peer, receive, LARGEST_OBJECT);
  }

  async *instances(query: URLSearchParams, signal?: AbortSignal): AsyncGenerator<InstanceUids> {
    // Whoever fetches objects in between must not keep the PACS waiting with its list.
    const studies: string[] = [];
    for await (const [study] of this.studies(query, [], signal)) studies.push(study);
    for (const study of studies) {
      const inStudy = { StudyInstanceUID: study };
      const series: string[] = [];
      for await (const [uid] of this.list('SERIES', inStudy, [], signal)) series.push(uid);
      for (const each of series) {
        const inSeries = { ...inStudy, SeriesInstanceUID: each };
        const found = this.list('IMAGE', inSeries, ['00080016'], signal);
        const instances: string[] = [];
        for await (const [instance, said] of found) {
          this.learn(each, said['00080016']?.Value?.[0]);
          instances.push(instance);
        }
        for (const instance of instances) yield { study, series: each, instance };
      }
    }
  }

  async *studies(
    query: URLSearchParams,
    include: readonly string[],
    signal?: AbortSignal,
  ): AsyncGenerator<[uid: string, study: SaidDataSet]> {
    yield* this.list('STUDY', studyKeys(query), include, signal);
  }

  async hasStudies(query: URLSearchParams, signal?: AbortSignal): Promise<boolean> {
    for await (const _ of this.studies(query, [], signal)) return true;
    return false;
  }

  async retrieve(uids: InstanceUids, signal?: AbortSignal): Promise<Uint8Array> {
    return this.tried(signal, async () => {
      const bytes = await this.fetched(uids, signal);
      if (bytes !== undefined) return bytes;
      throw this.error('PACS_INSTANCE_GONE', 'It sends nothing by these UIDs.');
    });
  }

  async describe(uids: InstanceUids, signal?: AbortSignal): Promise<JsonDataSet> {
    const names = keysOf(uids);
    const said: SaidDataSet = {};
    const keys: Keys = {};
    for (const level of ['STUDY', 'SERIES', 'IMAGE'] as const) {
      const own = UID_OF[level];
      keys[own] = names[own];
      let isThere = false;
      for await (const [uid, each] of this.list(level, keys, HEAD_TAGS, signal)) {
        if (uid !== names[own]) continue;
        Object.assign(said, each);
        isThere = true;
      }
      if (!isThere) throw this.error('PACS_INSTANCE_GONE', 'It does not list the instance.');
    }
    return headFrom({
      ...said,
      '0020000D': { Value: [uids.study] },
      '0020000E': { Value: [uids.series] },
      '00080018': { Value: [uids.instance] },
    });
  }

  async close(): Promise<void> {
    await Promise.all([this.associations.close(), this.receiver?.close()]);
  }

  /** The objects of a level, each once, with what is told of them. */
  private async *list(
    level: Level,
    keys: Keys,
    include: readonly string[],
    signal: AbortSignal | undefined,
    tries = new Tries(this.patience, signal),
  ): AsyncGenerator<[uid: string, said: SaidDataSet]> {
    const own = UID_OF[level];
    const identifier = identifierOf(level, { [own]: '', ...keys }, include);
    const seen = new Set<string>();
    for (;;) {
      const find = () => this.associations.lease('find', [proposal(FIND)], signal);
      const lease = await this.tried(signal, find, tries);
      try {
        const { transferSyntax = '' } = lease.client.context(FIND) ?? {};
        for await (const match of lease.client.find(FIND, identifier(transferSyntax))) {
          const found = readDataSet(match, transferSyntax);
          const uid = found.text(own);
          if (!isUid(uid)) {
            throw this.error('PACS_ANSWER_INVALID', `It lists what has no ${own}.`);
          }
          if (seen.has(uid)) continue;
          seen.add(uid);
          yield [uid, saidOf(found, include)];
        }
        return;
      } catch (error) {
        signal?.throwIfAborted();
        // One that stood idle may have been ended meanwhile.
        if (isPassing(error) && (lease.isReused || (await tries.again()))) continue;
        throw error;
      } finally {
        lease.release();
      }
    }
  }

  private async tried<T>(
    signal: AbortSignal | undefined,
    work: () => Promise<T>,
    tries = new Tries(this.patience, signal),
  ): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        signal?.throwIfAborted();
        if (!isPassing(error) || !(await tries.again())) throw error;
      }
    }
  }

  /** The object as a file; undefined where there is none by these UIDs. */
  private async fetched(
    uids: InstanceUids,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array | undefined> {
    const identifier = identifierOf('IMAGE', keysOf(uids), []);
    const { receiver } = this;
    if (receiver !== undefined) {
      const move = [proposal(MOVE)];
      return this.associations.use('move', move, signal, ({ client }) =>
        receiver.object(uids.instance, fileOf, () => {
          const { transferSyntax = '' } = client.context(MOVE) ?? {};
          const { calling } = this.peer;
          return this.ended('C-MOVE', client.move(MOVE, calling, identifier(transferSyntax)));
        }),
      );
    }
    const sopClass = await this.classOf(uids, signal);
    const classes = sopClass === undefined ? IMAGES : [sopClass];
    const syntaxes = sopClass === undefined ? USUAL : TRANSFER_SYNTAXES;
    // With a context for each transfer syntax an object comes as it is kept: in one, it would be coded anew.
    const proposals = classes.flatMap((abstractSyntax) => [
      ...(sopClass === undefined ? [{ ...proposal(abstractSyntax), toUs: true }] : []),
      ...syntaxes.map((each) => ({ abstractSyntax, transferSyntaxes: [each], toUs: true })),
    ]);
    const kind = sopClass ?? 'images';
    return this.associations.use(kind, [proposal(GET), ...proposals], signal, async (lease) => {
      const { client } = lease;
      const { transferSyntax } = client.context(GET) ?? {};
      if (transferSyntax === undefined) {
        const why =
          'It does not let objects be fetched by C-GET: name a port that it may send them to by C-MOVE, as ?receive=11112.';
        throw this.error('PACS_REFUSED', why);
      }
      const taken: Uint8Array[] = [];
      const take = async (object: SentObject) => {
        const file = await fileOf(object);
        if (object.sopInstance === uids.instance) taken.push(file);
        else
          throw this.error('PACS_ANSWER_INVALID', 'It sent another instance than was asked for.');
        return STATUS.success;
      };
      await this.ended('C-GET', client.get(GET, identifier(transferSyntax), take), taken);
      if (taken.length > 1) {
        throw this.error(
          'PACS_ANSWER_INVALID',
          `It sent ${taken.length} instances in place of one.`,
        );
      }
      return taken[0];
    });
  }

  /** Waits for the end of a C-GET or C-MOVE. */
  private async ended(
    name: string,
    operations: AsyncIterable<Suboperations>,
    taken?: readonly unknown[],
  ): Promise<void> {
    let last: Suboperations | undefined;
    for await (const each of operations) last = each;
    const { status = STATUS.cannotUnderstand, failed = 0, completed = 0, warning = 0 } = last ?? {};
    // Some count nothing.
    if (isSuccess(status) && failed === 0) return;
    if (completed + warning > 0 && failed === 0 && taken?.length !== 0) return;
    // A702: it could not do the suboperations, which no other try changes (PS3.4, C.4.2.1.5).
    const mayPass = (status & 0xff00) === STATUS.outOfResources && status !== 0xa702;
    throw this.error(
      mayPass ? 'PACS_UNAVAILABLE' : 'PACS_ANSWER_INVALID',
      status === 0xa801
        ? `It does not know this side as a destination of C-MOVE (${this.peer.calling}).`
        : `It answered ${name} with status ${statusText(status)}; ${failed} objects failed.`,
    );
  }

  /** The class of an instance; undefined where the PACS does not say it. */
  private async classOf(
    uids: InstanceUids,
    signal: AbortSignal | undefined,
  ): Promise<string | undefined> {
    const { series, instance } = uids;
    const known = this.classes.get(series);
    if (known) return known;
    // Whoever fetches the instance tries again.
    const once = new Tries({ tries: 1 });
    const listed = this.list('IMAGE', keysOf(uids), ['00080016'], signal, once);
    for await (const [uid, said] of listed) {
      const found = said['00080016']?.Value?.[0];
      if (uid !== instance) continue;
      this.learn(series, found);
      return isUid(found) ? found : undefined;
    }
    throw this.error('PACS_INSTANCE_GONE', 'It does not list the instance.');
  }

  private learn(series: string, sopClass: unknown): void {
    if (!isUid(sopClass)) return;
    const known = this.classes.get(series);
    this.classes.set(series, known === undefined || known === sopClass ? sopClass : null);
    const [oldest = ''] = this.classes.keys();
    if (this.classes.size > KNOWN_SERIES) this.classes.delete(oldest);
  }

  private error(code: ErrorCode, why: string): SemblanceError {
    return new SemblanceError(code, why, { subject: this.root });
  }
}

/** What names an instance in a query. */
function keysOf({ study, series, instance }: InstanceUids) {
  return { StudyInstanceUID: study, SeriesInstanceUID: series, SOPInstanceUID: instance };
}

function isPassing(error: unknown): boolean {
  return error instanceof SemblanceError && PASSING.has(error.code);
}

function proposal(abstractSyntax: string): Proposal {
  return { abstractSyntax, transferSyntaxes: UNCODED };
}

/** An object as a file: its data set as it came, behind a new head, so that the same object is the same file each time. */
async function fileOf({ data, ...object }: SentObject): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [
    fileHead(object.transferSyntax, object.sopClass, object.sopInstance),
  ];
  for await (const piece of data) pieces.push(piece);
  return Buffer.concat(pieces);
}

/**
 * What limits studies, as keys of a C-FIND.
 * @throws SemblanceError PACS_ADDRESS_INVALID
 */
function studyKeys(query: URLSearchParams): Keys {
  const keys: Keys = {};
  for (const [name, value] of query) {
    const keyword = STUDY_KEYS.find(
      (each) => each === name || TAGS[each][0] === Number.parseInt(name, 16),
    );
    if (keyword === undefined) {
      const why = `${name.slice(0, 40)} limits no studies by C-FIND; what does: ${STUDY_KEYS.join(', ')}.`;
      throw new SemblanceError('PACS_ADDRESS_INVALID', why);
    }
    // Several UIDs are divided by commas in QIDO-RS (PS3.18, 8.3.4.1), and as values are here.
    keys[keyword] = keyword === 'StudyInstanceUID' ? value.replaceAll(',', '\\') : value;
  }
  return keys;
}

/** The data set of a query, in the transfer syntax that was agreed. */
function identifierOf(
  level: Level,
  keys: Keys,
  include: readonly string[],
): (transferSyntax: string) => Buffer {
  const asked: Keys = { ...keys, QueryRetrieveLevel: level };
  const isAscii = Object.values(asked).every((value) => /^[\x20-\x7e]*$/.test(value));
  if (!isAscii) asked.SpecificCharacterSet = 'ISO_IR 192';
  const values = new Map(
    include.flatMap((tag): [number, [vr: string, value: string]][] => {
      const vr = knownVr(Number.parseInt(tag, 16));
      return vr === undefined ? [] : [[Number.parseInt(tag, 16), [vr, '']]];
    }),
  );
  for (const [keyword, value] of Object.entries(asked)) {
    const [tag, vr] = TAGS[keyword as keyof typeof TAGS];
    values.set(tag, [vr, value]);
  }
  const sorted = [...values].sort(([a], [b]) => a - b);
  return (transferSyntax) => {
    const writer = new ElementWriter(transferSyntax === IMPLICIT.uid ? IMPLICIT : EXPLICIT);
    return Buffer.concat(
      sorted.map(([tag, [vr, value]]) => writer.element(tag, vr, value, 'utf8').bytes),
    );
  };
}
