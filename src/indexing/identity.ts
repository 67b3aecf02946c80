import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import type { Identifying, InstanceFacts } from '../dicom/facts.ts';
import { SemblanceError } from '../domain/errors/error.ts';
import type { IdentityField, IdentityPolicy } from '../domain/identity.ts';
import type { ImageDescription } from '../store/records.ts';

/** Hexadecimal digits of a pseudonym: 96 bits, so that no two of a hospital's patients are one. */
const DIGITS = 24;
const NONCE = 12;
const TAG = 16;

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
  private readonly hashKey: Buffer;
  private readonly sealKey: Buffer;

  /**
   * @param policy what is kept
   * @param key see `identityKey`
   */
  constructor(
    private readonly policy: IdentityPolicy,
    key: Uint8Array,
  ) {
    const derived = (use: string) => Buffer.from(hkdfSync('sha256', key, '', use, 32));
    this.hashKey = derived('pseudonyms');
    this.sealKey = derived('seals');
  }

  /**
   * The description of an image: what its source says of it, and where that is silent, what the object says.
   * @param hints what the source says
   */
  describe(
    hints: ImageDescription,
    { identity, fields }: InstanceFacts,
  ): { description: ImageDescription; kept: KeptIdentity } {
    const name = (use: string, value: string | undefined, hint: string | null = null) => {
      if (value === undefined) return hint;
      const pseudonym = this.pseudonym(use, value);
      // What the source says may be the object's own identifier, or what an earlier policy made of it.
      if (hint !== null && hint !== value && hint !== pseudonym) return hint;
      return this.policy === 'keep' ? value : pseudonym;
    };
    const own = Object.entries(READABLE).flatMap(([keyword, field]): [string, string][] => {
      const value = identity[keyword as Identifying];
      return value === undefined ? [] : [[field, value]];
    });
    const isOwn = ([field, value]: [string, string]) =>
      own.some(([ownField, ownValue]) => field === ownField && value === ownValue);
    const sopInstance = name('instance', identity.SOPInstanceUID);
    return {
      description: {
        path: hints.path,
        patient: name('patient', patientOf(identity), hints.patient),
        study: name('study', identity.StudyInstanceUID, hints.study),
        series: name('series', identity.SeriesInstanceUID, hints.series),
        labels: hints.labels,
        metadata: {
          ...fields,
          ...(this.policy === 'keep' && Object.fromEntries(own)),
          ...Object.fromEntries(Object.entries(hints.metadata).filter((pair) => !isOwn(pair))),
        },
      },
      kept: {
        ...(sopInstance !== null && { sopInstance }),
        ...(this.policy === 'sealed' && { sealed: this.seal(JSON.stringify(identity)) }),
      },
    };
  }

  /**
   * The identifying attributes of an object that was sealed.
   * @throws SemblanceError COLLECTION_DAMAGED when it was sealed with another key, or altered
   */
  open(sealed: Uint8Array): InstanceFacts['identity'] {
    try {
      const opened = createDecipheriv('aes-256-gcm', this.sealKey, sealed.subarray(0, NONCE));
      opened.setAuthTag(sealed.subarray(NONCE, NONCE + TAG));
      const text = Buffer.concat([opened.update(sealed.subarray(NONCE + TAG)), opened.final()]);
      return JSON.parse(text.toString());
    } catch (cause) {
      throw new SemblanceError(
        'COLLECTION_DAMAGED',
        'What is sealed in it was sealed with another key than that of this data directory, or was altered.',
        { cause },
      );
    }
  }

  private pseudonym(use: string, value: string): string {
    return createHmac('sha256', this.hashKey)
      .update(`${use}\0${value}`)
      .digest('hex')
      .slice(0, DIGITS);
  }

  private seal(text: string): Uint8Array {
    const nonce = randomBytes(NONCE);
    const cipher = createCipheriv('aes-256-gcm', this.sealKey, nonce);
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
  }
}

/** What tells a patient: the identifier within its issuer, else name and day of birth together. */
function patientOf(identity: InstanceFacts['identity']): string | undefined {
  const { PatientID: id, IssuerOfPatientID: issuer, PatientName: name } = identity;
  if (id !== undefined) return issuer === undefined ? id : `${id} (${issuer})`;
  if (name === undefined) return undefined;
  const birth = identity.PatientBirthDate;
  return birth === undefined ? name : `${name} ${birth}`;
}
