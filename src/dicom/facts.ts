import { alongNormal } from '../domain/position.ts';
import type { DataSet } from './data-set.ts';
import { groupOf } from './functional-groups.ts';
import type { DicomInstance } from './instance.ts';

/** Attributes that tell who or where somebody is, by keyword; see PS3.15, table E.1-1. */
const IDENTIFYING = [
  'PatientName',
  'PatientID',
  'IssuerOfPatientID',
  'PatientBirthDate',
  'AccessionNumber',
  'StudyID',
  'StudyDate',
  'StudyInstanceUID',
  'SeriesInstanceUID',
  'SOPInstanceUID',
  'InstitutionName',
  'StudyDescription',
  'SeriesDescription',
] as const;

/** The attributes of an object that are about a person. */
export type Identifying = (typeof IDENTIFYING)[number];

/** What a collection takes from the attributes of a DICOM object. */
export interface InstanceFacts {
  /** What tells a person, as it stands in the file. */
  identity: Partial<Record<Identifying, string>>;
  /** Everything else that is kept, by the name of its field; nothing in it is about one person. */
  fields: Record<string, string>;
  /** BurnedInAnnotation (PS3.3, C.7.6.1.1.1); absent where the file is silent. */
  burnedIn?: 'YES' | 'NO';
}

/** Coded values: what is free text in their place is not taken. */
const CODE = /^[A-Z0-9][A-Z0-9 _-]{0,31}$/;

const SEXES: Readonly<Record<string, string>> = { M: 'M', F: 'F', O: 'O' };

/** The facts of an object. @throws SemblanceError DICOM_DAMAGED */
export function factsOf({ attributes }: Pick<DicomInstance, 'attributes'>): InstanceFacts {
  const identity: InstanceFacts['identity'] = {};
  for (const keyword of IDENTIFYING) {
    const text = attributes.text(keyword);
    if (text !== undefined) identity[keyword] = text;
  }
  const code = (keyword: Parameters<DataSet['text']>[0]) => {
    const text = attributes.text(keyword)?.toUpperCase();
    return text !== undefined && CODE.test(text) ? text : undefined;
  };
  const fields = {
    modality: code('Modality'),
    anatomic_region: code('BodyPartExamined')?.toLowerCase(),
    laterality: code('ImageLaterality') ?? code('Laterality'),
    view: code('ViewPosition'),
    sex: SEXES[attributes.text('PatientSex')?.toUpperCase() ?? ''],
    age: ageOf(attributes),
    manufacturer: code('Manufacturer'),
    study_year: /^\d{4}/.exec(attributes.text('StudyDate') ?? '')?.[0],
  };
  const burnedIn = attributes.text('BurnedInAnnotation')?.toUpperCase();
  return {
    identity,
    fields: Object.fromEntries(
      Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
    ...((burnedIn === 'YES' || burnedIn === 'NO') && { burnedIn }),
  };
}

/** From so many years on an age can tell a person, and stands for all above (PS3.15, E.1; HIPAA's safe harbour). */
const OLD = 90;

/** The age at the study as DICOM writes it, computed from the dates where it is not given. */
function ageOf(attributes: DataSet): string | undefined {
  const given = /^(\d{3})([DWMY])$/.exec(attributes.text('PatientAge') ?? '');
  if (given !== null) {
    return given[2] === 'Y' && Number(given[1]) >= OLD ? `0${OLD}Y` : given[0];
  }
  const [birth, study] = [attributes.text('PatientBirthDate'), attributes.text('StudyDate')].map(
    (text) => /^(\d{4})(\d{2})(\d{2})$/.exec(text ?? ''),
  );
  if (!birth || !study) return undefined;
  const [from, to] = [birth, study].map(([, year, month, day]) => ({
    year: Number(year),
    inYear: Number(month) * 100 + Number(day),
  })) as [{ year: number; inYear: number }, { year: number; inYear: number }];
  const years = to.year - from.year - (to.inYear < from.inYear ? 1 : 0);
  if (years < 0 || years > 150) return undefined;
  return `${String(Math.min(years, OLD)).padStart(3, '0')}Y`;
}

/**
 * Where a frame stands in its series: along the normal of its plane, in millimetres (PS3.3, C.7.6.2.1.1), else by
 * the number of the instance and of the frame.
 * @param frame from 0 on
 * @returns null where the file says neither
 */
export function positionOf({ attributes }: Pick<DicomInstance, 'attributes'>, frame: number) {
  const place = groupOf(attributes, frame, 'PlanePositionSequence').numbers('ImagePositionPatient');
  const plane = groupOf(attributes, frame, 'PlaneOrientationSequence').numbers(
    'ImageOrientationPatient',
  );
  const along = alongNormal(place, plane);
  if (along !== undefined) return along;
  const number = attributes.number('InstanceNumber');
  return number === undefined || !Number.isFinite(number) ? null : number + frame / 1e6;
}
