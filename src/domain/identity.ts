/**
 * What a collection keeps of whom images are of. pseudonymous: keyed hashes of identifiers, and nothing else; sealed:
 * the originals too, encrypted; keep: the originals, readable.
 */
export const IDENTITIES = ['pseudonymous', 'sealed', 'keep'] as const;
export type IdentityPolicy = (typeof IDENTITIES)[number];
