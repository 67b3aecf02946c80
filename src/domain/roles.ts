/** What somebody may do, each with all that stands before it: look and search, change, and say who may do what. */
export const ROLES = ['viewer', 'editor', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** What stands for every collection; no collection can be named so. */
export const EVERY_COLLECTION = '*';

/** Roles by the name of a collection, and by `EVERY_COLLECTION`. */
export type Roles = Readonly<Record<string, Role>>;

const rank = (role: Role | undefined) => (role === undefined ? -1 : ROLES.indexOf(role));

/**
 * Whether these roles are enough: the one in every collection or the one in this collection, whichever is more.
 * @param collection undefined for what concerns all of them
 */
export function mayDo(roles: Roles, least: Role, collection?: string): boolean {
  const own = collection !== undefined && Object.hasOwn(roles, collection) && roles[collection];
  return Math.max(rank(roles[EVERY_COLLECTION]), rank(own || undefined)) >= rank(least);
}

/** Whether these roles are enough in any collection. */
export function mayDoSomewhere(roles: Roles, least: Role): boolean {
  return Object.values(roles).some((role) => rank(role) >= rank(least));
}
