import { dirname } from 'node:path';
import { daysBefore } from '../dicom/dates.ts';
import type { Identifying, InstanceFacts } from '../dicom/facts.ts';
import { namesPerson } from '../dicom/names.ts';
import type { DatesPolicy, IdentityField, IdentityPolicy } from '../domain/identity.ts';
import { placeOf } from '../files/place-of.ts';
import type { Objects } from '../objects/objects.ts';
import type { CollectionStore } from '../store/collection-store.ts';
import { hiddenName } from '../store/hidden-paths.ts';
import { identityKey } from '../store/identity-key.ts';
import { Pseudonyms } from '../store/pseudonyms.ts';
import type { ImageDescription } from '../store/records.ts';

/** What is kept of an object beside its description. */
export interface KeptIdentity {
  /** Pseudonym of the SOP instance; with `keep` its UID. */
  sopInstance?: string;
  /** The identifying attributes, encrypted. */
  sealed?: Uint8Array;
}

/** The names that identifying attributes have in a description, where they are kept readable. */
const READABLE: Partial<Record<Identifying, IdentityField>> = {
  PatientName: 'patient_name',
  PatientBirthDate: 'patient_birth_date',
  AccessionNumber: 'accession_number',
  StudyDate: 'study_date',
  StudyDescription: 'study_description',
  SeriesDescription: 'series_description',
  InstitutionName: 'institution',
};

/** Makes descriptions of what DICOM objects say, and keeps of whom they are what the policy allows. */
export class Identity {
  private readonly pseudonyms: Pseudonyms;

  /**
   * @param policy what is kept
   * @param key see `identityKey`
   * @param dates what is kept of the day of a study, unless all is
   */
  constructor(
    private readonly policy: IdentityPolicy,
    key: Uint8Array,
    private readonly dates: DatesPolicy = 'year',
  ) {
    this.pseudonyms = new Pseudonyms(key);
  }

  /** That of a collection. */
  static of(store: CollectionStore): Identity {
    const { identity, dates } = store.dicom();
    return new Identity(identity, identityKey(dirname(store.file)), dates);
  }

  /**
   * The description of an image: what its source says of it, and where that is silent, what the object says.
   * @param hints what the source says
   */
  describe(
    hints: ImageDescription,
    { identity, fields }: InstanceFacts,
  ): { description: ImageDescription; kept: KeptIdentity } {
    const names = this.policy === 'keep' ? () => false : namesPerson(identity);
    const said = (text: string) => this.calledPath(text, identity);
    const name = (use: string, value: string | undefined, hint: string | null = null) => {
      if (value === undefined) return hint;
      const pseudonym = this.pseudonyms.of(use, value);
      // What the source says may be the object's own identifier, or what an earlier policy made of it.
      if (hint !== null && hint !== value && hint !== pseudonym) {
        return names(hint) ? this.pseudonyms.of(use, hint) : hint;
      }
      return this.policy === 'keep' ? value : pseudonym;
    };
    const own = Object.entries(READABLE).flatMap(([keyword, field]): [string, string][] => {
      const value = identity[keyword as Identifying];
      return value === undefined ? [] : [[field, value]];
    });
    const readable = Object.fromEntries(own);
    // What should be a code may be a name.
    const coded = Object.entries(fields).filter(([, text]) => !names(text));
    const { study_year: year, ...undated } = Object.fromEntries(coded);
    const day = this.shiftedDay(identity);
    const isShifted = this.dates === 'shifted' && this.policy !== 'keep';
    const dated = {
      ...undated,
      ...(!isShifted && year !== undefined && { study_year: year }),
      ...(isShifted && day !== undefined && { study_date: day }),
    };
    // As another policy may have kept it.
    if (year !== undefined) own.push(['study_year', year]);
    if (day !== undefined) own.push(['study_date', day]);
    const isOwn = ([field, value]: [string, string]) =>
      own.some(([ownField, ownValue]) => field === ownField && value === ownValue);
    const sopInstance = name('instance', identity.SOPInstanceUID);
    return {
      description: {
        path: this.calledPath(hints.path, identity),
        patient: name('patient', patientOf(identity), hints.patient),
        study: name('study', identity.StudyInstanceUID, hints.study),
        series: name('series', identity.SeriesInstanceUID, hints.series),
        // Those of a folder are the names of its folders.
        labels: hints.labels.map(said),
        metadata: {
          ...dated,
          ...(this.policy === 'keep' && readable),
          ...Object.fromEntries(
            Object.entries(hints.metadata)
              .filter((pair) => !isOwn(pair))
              .map(([field, text]) => [field, said(text)]),
          ),
        },
      },
      kept: {
        ...(sopInstance !== null && { sopInstance }),
        ...(this.policy === 'sealed' && { sealed: this.pseudonyms.seal(JSON.stringify(identity)) }),
      },
    };
  }

  /**
   * The identifying attributes of an object that was sealed.
   * @throws SemblanceError COLLECTION_DAMAGED when it was sealed with another key, or altered
   */
  open(sealed: Uint8Array): InstanceFacts['identity'] {
    return JSON.parse(this.pseudonyms.open(sealed));
  }

  private shiftedDay(identity: InstanceFacts['identity']): string | undefined {
    const patient = patientOf(identity) ?? identity.StudyInstanceUID;
    if (patient === undefined) return undefined;
    return daysBefore(identity.StudyDate ?? '', this.pseudonyms.days(patient));
  }

  /** A path with pseudonyms in place of the folders and files in it that name the person. */
  calledPath(onDisk: string, identity: InstanceFacts['identity']): string {
    if (this.policy === 'keep') return onDisk;
    const names = namesPerson(identity);
    return onDisk
      .split('/')
      .map((name) => (names(name) ? hiddenName(this.pseudonyms, name) : name))
      .join('/');
  }
}

/** What messages call paths of a source whose objects were not read: UIDs in them are known to be some. */
export function toldPaths(
  store: CollectionStore,
  objects: Objects,
  root: string,
): (path: string) => string {
  let identity: Identity | undefined;
  return (path) => {
    const place = placeOf(root, path);
    const uids = objects.at(place).uids(place);
    if (uids === undefined) return path;
    identity ??= Identity.of(store);
    return identity.calledPath(path, uids);
  };
}

/** What tells a patient: the identifier within its issuer, else name and day of birth together. */
export function patientOf(identity: InstanceFacts['identity']): string | undefined {
  const { PatientID: id, IssuerOfPatientID: issuer, PatientName: name } = identity;
  if (id !== undefined) return issuer === undefined ? id : `${id} (${issuer})`;
  if (name === undefined) return undefined;
  const birth = identity.PatientBirthDate;
  return birth === undefined ? name : `${name} ${birth}`;
}
