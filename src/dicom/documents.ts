import { type JsonDataSet, type JsonElement, jsonUid } from './json.ts';
import { EXPLICIT, type ValueEncoding } from './transfer-syntax.ts';
import { newUid } from './uid.ts';
import { ElementWriter, fileHead, IMPLEMENTATION_UID, type WrittenElement } from './write.ts';

/** An instance that a document refers to, and which frame of it. */
export interface InstanceReference {
  study: string;
  series: string;
  instance: string;
  sopClass: string;
  /** Of an instance of several frames. */
  frame?: number;
}

/** A search, as documents tell of it. */
export interface ToldSearch {
  collection: string;
  encoder: string;
  made: Date;
  /** What was searched with and in, in words. */
  searchedWith: readonly string[];
  /** Attributes of the patient and the study that the query is of; empty where it is of none. */
  person: JsonDataSet;
  /** The study that the document becomes part of; a new one where it is not known. */
  study?: string | undefined;
  /** The query, where it is an instance. */
  query?: InstanceReference | undefined;
  results: readonly { reference: InstanceReference; similarity: number; rank: number }[];
  /** What is to be said beside, such as results that cannot be referred to. */
  notes: readonly string[];
}

/** A document that was made. */
export interface MadeDocument {
  sopClass: string;
  instance: string;
  /** The whole file, in Explicit VR Little Endian. */
  file: Buffer;
  /** Its data set alone. */
  dataSet(encoding: ValueEncoding): Buffer;
}

const KEY_OBJECT_SELECTION = '1.2.840.10008.5.1.4.1.1.88.59';
const BASIC_TEXT_SR = '1.2.840.10008.5.1.4.1.1.88.11';
const SCHEME = '99SEMBLANCE';

/**
 * A Key Object Selection of the results (PS3.3, A.35.4; TID 2010), titled "Of Interest". Copies of it for the studies of
 * others, which C.17.6.2.1 asks for, are not made: nobody else's study is written to.
 */
export function keyObjects(search: ToldSearch): MadeDocument {
  const { results, notes, searchedWith } = search;
  const lines = [
    ...searchedWith,
    ...results.map(({ rank, similarity }) => `${rank}: similarity ${similarity.toFixed(4)}`),
    ...notes,
  ];
  const references = results.map(({ reference }) => reference);
  return made(search, KEY_OBJECT_SELECTION, 'KO', {
    ...container(code('113000', 'DCM', 'Of Interest'), [
      text('113012', 'DCM', 'Key Object Description', lines.join('\n')),
      ...references.map((each) => image('CONTAINS', each)),
    ]),
    '00081111': sq(),
    '0040A375': evidence(references),
    '0040A504': sq({ '00080105': of('CS', 'DCMR'), '0040DB00': of('CS', '2010') }),
  });
}

/** A report of the results (Basic Text SR; PS3.3, A.35.1): what was searched with, how, and each result with its image. */
export function similarityReport(search: ToldSearch): MadeDocument {
  const { results, notes, searchedWith, query, study, collection, encoder } = search;
  const all = [...results.map(({ reference }) => reference), ...(query ? [query] : [])];
  const [own, others] = [true, false].map((isOwn) =>
    all.filter((each) => (each.study === study) === isOwn),
  ) as [InstanceReference[], InstanceReference[]];
  const context = (value: JsonDataSet, type: string, ...concept: [string, string]) =>
    item('HAS OBS CONTEXT', type, code(concept[0], 'DCM', concept[1]), value);
  const section = (value: string, meaning: string, items: JsonDataSet[]) => ({
    ...{ '0040A010': of('CS', 'CONTAINS') },
    ...container(code(value, SCHEME, meaning), items),
  });
  return made(search, BASIC_TEXT_SR, 'SR', {
    ...container(code('SIMILAR', SCHEME, 'Report of similar images'), [
      item(
        'HAS CONCEPT MOD',
        'CODE',
        code('121049', 'DCM', 'Language of Content Item and Descendants'),
        {
          '0040A168': sq(code('en', 'RFC5646', 'English')),
        },
      ),
      context(
        { '0040A168': sq(code('121007', 'DCM', 'Device')) },
        'CODE',
        '121005',
        'Observer Type',
      ),
      context(
        { '0040A124': jsonUid(IMPLEMENTATION_UID) },
        'UIDREF',
        '121012',
        'Device Observer UID',
      ),
      context({ '0040A160': of('UT', 'Semblance') }, 'TEXT', '121013', 'Device Observer Name'),
      section('QUERY', 'Query', [
        text('WITH', SCHEME, 'Searched with', searchedWith.join('\n')),
        ...(query ? [image('CONTAINS', query)] : []),
      ]),
      section('METHOD', 'Method', [
        text('111001', 'DCM', 'Algorithm Name', encoder),
        text('COLLECTION', SCHEME, 'Collection', collection),
      ]),
      section('RESULTS', 'Results', [
        ...results.map(({ reference, rank, similarity }) => ({
          ...text('RESULT', SCHEME, 'Result', `${rank}: similarity ${similarity.toFixed(4)}`),
          '0040A730': sq(image('INFERRED FROM', reference)),
        })),
        ...notes.map((note) => text('121106', 'DCM', 'Comment', note)),
        text(
          '121106',
          'DCM',
          'Comment',
          'For research and teaching. A similarity is not a diagnosis.',
        ),
      ]),
    ]),
    '00081111': sq(),
    '0040A372': sq(),
    ...(own.length > 0 && { '0040A375': evidence(own) }),
    ...(others.length > 0 && { '0040A385': evidence(others) }),
    '0040A491': of('CS', 'COMPLETE'),
    '0040A493': of('CS', 'UNVERIFIED'),
  });
}

/** A document with what every one has: patient, study, series and itself (PS3.3, C.7.1.1, C.7.2.1, C.17.1, C.17.2). */
function made(
  { person, study = newUid(), made: at }: ToldSearch,
  sopClass: string,
  modality: string,
  content: JsonDataSet,
): MadeDocument {
  const [date, time] = [dateOf(at), timeOf(at)];
  const instance = newUid();
  const dataSet: JsonDataSet = {
    // Attributes that may be empty and may not be absent.
    '00080020': { vr: 'DA' },
    '00080030': { vr: 'TM' },
    '00080050': { vr: 'SH' },
    '00080090': { vr: 'PN' },
    '00100010': { vr: 'PN' },
    '00100020': { vr: 'LO' },
    '00100030': { vr: 'DA' },
    '00100040': { vr: 'CS' },
    '00200010': { vr: 'SH' },
    ...person,
    '00080005': of('CS', 'ISO_IR 192'),
    '00080012': of('DA', date),
    '00080013': of('TM', time),
    '00080016': jsonUid(sopClass),
    '00080018': jsonUid(instance),
    '00080023': of('DA', date),
    '00080033': of('TM', time),
    '00080060': of('CS', modality),
    '00080070': of('LO', 'Semblance'),
    '0008103E': of('LO', 'Similar images'),
    '0020000D': jsonUid(study),
    '0020000E': jsonUid(newUid()),
    '00200011': of('IS', 1),
    '00200013': of('IS', 1),
    ...content,
  };
  const encoded = (encoding: ValueEncoding) =>
    Buffer.concat(elementsOf(dataSet, encoding).map((each) => each.bytes));
  const head = fileHead(EXPLICIT.uid, sopClass, instance);
  const file = Buffer.concat([head, encoded(EXPLICIT)]);
  return { sopClass, instance, file, dataSet: encoded };
}

function elementsOf(dataSet: JsonDataSet, encoding: ValueEncoding): WrittenElement[] {
  const writer = new ElementWriter(encoding);
  return Object.entries(dataSet)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, { vr, Value = [] }]) => {
      const tag = Number.parseInt(key, 16);
      if (vr === 'SQ') {
        const items = (Value as JsonDataSet[]).map((each) => elementsOf(each, encoding));
        return writer.sequence(tag, vr, items);
      }
      return writer.element(tag, vr, Value.map(valueText).join('\\'), 'utf8');
    });
}

function valueText(value: NonNullable<JsonElement['Value']>[number]): string {
  if (typeof value !== 'object') return String(value);
  const { Alphabetic = '', Ideographic = '', Phonetic = '' } = value as Record<string, string>;
  return [Alphabetic, Ideographic, Phonetic].join('=').replace(/=+$/, '');
}

const of = (vr: string, value: string | number): JsonElement => ({ vr, Value: [value] });
const sq = (...items: JsonDataSet[]): JsonElement => ({ vr: 'SQ', Value: items });

const code = (value: string, scheme: string, meaning: string): JsonDataSet => ({
  '00080100': of('SH', value),
  '00080102': of('SH', scheme),
  '00080104': of('LO', meaning),
});

/** A content item (PS3.3, C.17.3). */
function item(
  relation: string,
  type: string,
  concept: JsonDataSet,
  value: JsonDataSet,
): JsonDataSet {
  return {
    '0040A010': of('CS', relation),
    '0040A040': of('CS', type),
    '0040A043': sq(concept),
    ...value,
  };
}

const container = (title: JsonDataSet, items: JsonDataSet[]): JsonDataSet => ({
  '0040A040': of('CS', 'CONTAINER'),
  '0040A043': sq(title),
  '0040A050': of('CS', 'SEPARATE'),
  '0040A730': sq(...items),
});

const text = (value: string, scheme: string, meaning: string, words: string) =>
  item('CONTAINS', 'TEXT', code(value, scheme, meaning), {
    // Control characters but line ends would change the character set, or nothing good.
    '0040A160': of('UT', words.replace(/(?!\n)\p{Cc}/gu, ' ').replaceAll('\n', '\r\n')),
  });

const image = (
  relation: string,
  { sopClass, instance, frame }: InstanceReference,
): JsonDataSet => ({
  '0040A010': of('CS', relation),
  '0040A040': of('CS', 'IMAGE'),
  '00081199': sq({
    ...sop(sopClass, instance),
    ...(frame !== undefined && { '00081160': of('IS', frame) }),
  }),
});

const sop = (sopClass: string, instance: string): JsonDataSet => ({
  '00081150': jsonUid(sopClass),
  '00081155': jsonUid(instance),
});

/** Instances by study and series, each once (PS3.3, table C.17-3). */
function evidence(references: readonly InstanceReference[]): JsonElement {
  const studies = new Map<string, Map<string, Map<string, string>>>();
  for (const { study, series, instance, sopClass } of references) {
    const inStudy = studies.get(study) ?? new Map<string, Map<string, string>>();
    const inSeries = inStudy.get(series) ?? new Map<string, string>();
    studies.set(study, inStudy.set(series, inSeries.set(instance, sopClass)));
  }
  return sq(
    ...[...studies].map(([study, inStudy]) => ({
      '0020000D': jsonUid(study),
      '00081115': sq(
        ...[...inStudy].map(([series, inSeries]) => ({
          '0020000E': jsonUid(series),
          '00081199': sq(...[...inSeries].map(([instance, sopClass]) => sop(sopClass, instance))),
        })),
      ),
    })),
  );
}

const two = (n: number) => String(n).padStart(2, '0');
const dateOf = (at: Date) => `${at.getFullYear()}${two(at.getMonth() + 1)}${two(at.getDate())}`;
const timeOf = (at: Date) => [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join('');
