import type { Command } from 'commander';
import { answer } from '../answer.ts';
import { table, wholeNumber } from '../output.ts';
import { roleOf, rolesText, withCollections } from '../role-options.ts';

/** Days that a key holds unless something else is said. */
const DAYS = 90;
const day = (time: number) => new Date(time).toISOString().slice(0, 10);

interface AddOptions {
  role: string;
  collection: string[];
  days: number;
}

/** `semblance keys`: keys with which programs use a server. */
export function addKeysCommand(keys: Command): void {
  withCollections(keys.command('add <name>'))
    .description('Make a key; it is shown this once')
    .option('-r, --role <role>', 'viewer, editor or admin', 'viewer')
    .option('--days <n>', 'how long it holds', wholeNumber, DAYS)
    .action((name: string, { role, collection, days }: AddOptions, command) =>
      answer(
        command,
        ({ access }) => access.addKey({ name, days, ...roleOf(role, collection) }),
        (key) =>
          `${key.secret}\nKey ${key.id} holds until ${day(key.ends)}; it is not shown again.`,
      ),
    );
  keys
    .command('list')
    .description('List the keys, without their secrets')
    .action((_, command) =>
      answer(
        command,
        ({ access }) => ({ keys: access.keys() }),
        (told) =>
          told.keys.length === 0
            ? 'No key yet: make one with `semblance keys add`.'
            : table(
                ['key', 'for', 'roles', 'until'],
                told.keys.map(({ id, name, roles, ends }) => [
                  ...[id, name, rolesText(roles), day(ends)],
                ]),
              ),
      ),
    );
  keys
    .command('revoke <number>')
    .description('Revoke a key; it holds no more from the next request on')
    .action((number: string, _, command) =>
      answer(
        command,
        ({ access }) => {
          const id = wholeNumber(number);
          access.revokeKey({ id });
          return { revoked: id };
        },
        ({ revoked }) => `Key ${revoked} is revoked.`,
      ),
    );
}
