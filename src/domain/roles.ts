/** What somebody may do, each with all that stands before it: look and search, change, and say who may do what. */
export const ROLES = ['viewer', 'editor', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** What stands for every collection; no collection can be named so. */
export const EVERY_COLLECTION = '*';

/** Roles by the name of a collection, and by `EVERY_COLLECTION`. */
export type Roles = Readonly<Record<string, Role>>;
