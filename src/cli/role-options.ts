import type { Command } from 'commander';
import type { RoleRequest } from '../app/access.ts';
import { SemblanceError } from '../domain/errors/error.ts';
import { EVERY_COLLECTION, ROLES, type Roles } from '../domain/roles.ts';
import { collect } from './output.ts';

/** Adds the option that says in which collections a role holds. */
export function withCollections(command: Command): Command {
  return command.option(
    '-c, --collection <name>',
    'collection in which the role holds; can be repeated; by default every one',
    collect,
    [],
  );
}

/** @throws SemblanceError USAGE */
export function roleOf(role: string, collection: readonly string[]): RoleRequest {
  const known: readonly string[] = [...ROLES, 'none'];
  if (!known.includes(role)) {
    throw new SemblanceError('USAGE', `"${role}" is none of ${known.join(', ')}.`);
  }
  const collections = collection.length > 0 ? collection : undefined;
  return { role: role as RoleRequest['role'], collections };
}

/** Roles for people to read. */
export function rolesText(roles: Roles): string {
  const each = Object.entries(roles).map(([name, role]) =>
    name === EVERY_COLLECTION ? role : `${role} of ${name}`,
  );
  return each.join(', ') || 'none';
}
