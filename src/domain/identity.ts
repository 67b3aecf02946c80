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
