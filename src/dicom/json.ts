import type { DataSet } from './data-set.ts';
import { type Keyword, TAGS } from './tags.ts';
import { isUid } from './uid.ts';

/** An element in the DICOM JSON Model (PS3.18, F.2). */
export interface JsonElement {
  vr: string;
  Value?: (string | number | JsonName | JsonDataSet)[];
}

/** A name of a person by its groups (PS3.18, F.2.2). */
interface JsonName {
  Alphabetic?: string;
  Ideographic?: string;
  Phonetic?: string;
}

/** A data set in the DICOM JSON Model, by tags of eight hexadecimal digits. */
export type JsonDataSet = { [tag: string]: JsonElement };

/** Attributes of an instance that are about nobody, and that a search answers with (PS3.18, table 10.6.3-5). */
const OF_INSTANCE = [
  'SOPClassUID',
  'SOPInstanceUID',
  'Modality',
  'StudyInstanceUID',
  'SeriesInstanceUID',
  'SeriesNumber',
  'InstanceNumber',
  'NumberOfFrames',
  'Rows',
  'Columns',
  'BitsAllocated',
] as const satisfies readonly Keyword[];

/** Attributes of a patient and a study that a document of the same study repeats (PS3.3, C.7.1.1 and C.7.2.1). */
const OF_PERSON = [
  'StudyDate',
  'StudyTime',
  'AccessionNumber',
  'ReferringPhysicianName',
  'StudyDescription',
  'PatientName',
  'PatientID',
  'IssuerOfPatientID',
  'PatientBirthDate',
  'PatientSex',
  'StudyID',
] as const satisfies readonly Keyword[];

/** A longer value stands in no attribute of these as it should, and is not taken. */
const LONGEST = 1024;
const NUMERIC = new Set(['IS', 'US']);
const GROUPS = ['Alphabetic', 'Ideographic', 'Phonetic'] as const;

/** The tag of an attribute as the DICOM JSON Model writes it. */
const jsonTag = (tag: number) => tag.toString(16).toUpperCase().padStart(8, '0');
const tagOf = (keyword: Keyword) => jsonTag(TAGS[keyword][0]);

/** An element with a UID. */
export const jsonUid = (uid: string): JsonElement => ({ vr: 'UI', Value: [uid] });

const KEYWORDS = new Map(
  (Object.keys(TAGS) as Keyword[]).map((keyword) => [tagOf(keyword), keyword]),
);

/** The tags of `headOf`. */
export const HEAD_TAGS: readonly string[] = [...OF_INSTANCE, ...OF_PERSON].map(tagOf);
const PERSONAL_TAGS: ReadonlySet<string> = new Set(OF_PERSON.map(tagOf));
const VRS = new Map([...OF_INSTANCE, ...OF_PERSON].map((each) => [tagOf(each), TAGS[each][1]]));

/** What an instance says of itself, of its study and its patient: of each attribute the first value. */
export function headOf(attributes: DataSet): JsonDataSet {
  const said = [...OF_INSTANCE, ...OF_PERSON].map((keyword) => {
    const [, vr] = TAGS[keyword];
    const value = NUMERIC.has(vr) ? attributes.number(keyword) : attributes.text(keyword);
    return [tagOf(keyword), { Value: [vr === 'PN' ? nameOf(String(value ?? '')) : value] }];
  });
  return headFrom(Object.fromEntries(said));
}

/** As `headOf`, of what somebody else says of an instance; what is not as it should be is left out. */
export function headFrom(
  said: Readonly<Record<string, { Value?: unknown[] } | undefined>>,
): JsonDataSet {
  const head: JsonDataSet = {};
  for (const [tag, vr] of VRS) {
    const element = said[tag];
    const value = Array.isArray(element?.Value) ? taken(vr, element.Value[0]) : undefined;
    if (value !== undefined) head[tag] = { vr, Value: [value] };
  }
  return head;
}

/**
 * What a data set says of some attributes, as `headFrom` takes it.
 * @param tags as the DICOM JSON Model writes them; those of attributes that are not read are passed over
 */
export function saidOf(
  attributes: DataSet,
  tags: readonly string[],
): Record<string, { Value: unknown[] }> {
  return Object.fromEntries(
    tags.flatMap((tag) => {
      const keyword = KEYWORDS.get(tag);
      if (keyword === undefined || !attributes.has(keyword)) return [];
      const texts = attributes.texts(keyword);
      return [[tag, { Value: TAGS[keyword][1] === 'PN' ? texts.map(nameOf) : texts }]];
    }),
  );
}

/** A part of a head: what is about a person, or everything else. */
export function partOf(head: JsonDataSet, part: 'instance' | 'person'): JsonDataSet {
  return Object.fromEntries(
    Object.entries(head).filter(([tag]) => PERSONAL_TAGS.has(tag) === (part === 'person')),
  );
}

/** The first value of an attribute, where it is a text; undefined where it is absent. */
export function textIn(dataSet: JsonDataSet, keyword: Keyword): string | undefined {
  const value = dataSet[tagOf(keyword)]?.Value?.[0];
  return typeof value === 'string' ? value : undefined;
}

/** As `textIn`, of a number. */
export function numberIn(dataSet: JsonDataSet, keyword: Keyword): number | undefined {
  const value = dataSet[tagOf(keyword)]?.Value?.[0];
  return typeof value === 'number' ? value : undefined;
}

/** A value that an attribute can have; some servers write numbers as texts. */
function taken(vr: string, value: unknown): string | number | JsonName | undefined {
  if (NUMERIC.has(vr)) {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    return Number.isSafeInteger(number) ? (number as number) : undefined;
  }
  if (vr === 'PN') {
    const groups = GROUPS.flatMap((group) => {
      const text = textOf((value as JsonName | null | undefined)?.[group]);
      return text === undefined ? [] : [[group, text] as const];
    });
    return groups.length === 0 ? undefined : Object.fromEntries(groups);
  }
  const text = textOf(value);
  return vr !== 'UI' || isUid(text) ? text : undefined;
}

/** A text that can stand in an attribute: neither a divider of values nor a control character is in it. */
function textOf(value: unknown): string | undefined {
  const isText = typeof value === 'string' && value !== '' && value.length <= LONGEST;
  return isText && !/[\p{Cc}\\]/u.test(value) ? value : undefined;
}

function nameOf(text: string): JsonName {
  const groups = text.split('=').slice(0, GROUPS.length);
  return Object.fromEntries(groups.map((group, i) => [GROUPS[i] as string, group]));
}
