import { LEVELS } from './levels.ts';

/**
 * What a collection keeps of whom images are of. pseudonymous: keyed hashes of identifiers, and nothing else; sealed:
 * the originals too, encrypted; keep: the originals, readable.
 */
export const IDENTITIES = ['pseudonymous', 'sealed', 'keep'] as const;
export type IdentityPolicy = (typeof IDENTITIES)[number];

/** What the originals are called in a description that keeps them readable. */
export const IDENTITY_FIELDS = [
  'patient_name',
  'patient_birth_date',
  'accession_number',
  'study_date',
  'study_description',
  'series_description',
  'institution',
] as const;
export type IdentityField = (typeof IDENTITY_FIELDS)[number];

/** Fields that tell who somebody is. */
export const PERSONAL_FIELDS: ReadonlySet<string> = new Set([...IDENTITY_FIELDS, ...LEVELS]);

/** What an export does with dates: they go, or are moved by as many days for all of a patient. */
export const EXPORTED_DATES = ['removed', 'shifted'] as const;
/** Whether pictures are exported that names may be drawn into. */
export const BURNED_IN_POLICIES = ['refuse', 'allow'] as const;

/** What a collection keeps of when a study was made: the year, or the day, moved by as many days for all of a patient. */
export const DATES = ['year', 'shifted'] as const;
export type DatesPolicy = (typeof DATES)[number];
