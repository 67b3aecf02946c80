import type { Command } from 'commander';
import type { User } from '../../contract/access.ts';
import { answer } from '../answer.ts';
import { table, wholeNumber } from '../output.ts';
import { readPassword } from '../read-password.ts';
import { roleOf, rolesText, withCollections } from '../role-options.ts';

const line = ({ name, roles, disabled }: User) =>
  `${name}: ${rolesText(roles)}${disabled ? '; disabled' : ''}`;

/** `semblance users`: who may use a server. */
export function addUsersCommand(users: Command): void {
  withCollections(users.command('add <name>'))
    .description('Add a user; the password is asked for, or read from standard input')
    .option('-r, --role <role>', 'viewer, editor or admin', 'viewer')
    .action(async (name: string, options: { role: string; collection: string[] }, command) => {
      const role = roleOf(options.role, options.collection);
      const password = await readPassword();
      await answer(command, ({ access }) => access.addUser({ name, password, ...role }), line);
    });
  users
    .command('list')
    .description('List the users and their roles')
    .action((_, command) =>
      answer(
        command,
        ({ access }) => ({ users: access.users() }),
        (told) =>
          told.users.length === 0
            ? 'No user yet: add one with `semblance users add`.'
            : table(
                ['user', 'roles', 'logs in by', 'state'],
                told.users.map(({ name, roles, provider, disabled }) => [
                  ...[name, rolesText(roles), provider ?? 'password', disabled ? 'disabled' : ''],
                ]),
              ),
      ),
    );
  withCollections(users.command('role <name> <role>'))
    .description('Give a user a role: viewer, editor, admin, or none')
    .action((name: string, role: string, options: { collection: string[] }, command) => {
      const request = { name, ...roleOf(role, options.collection) };
      return answer(command, ({ access }) => access.setRole(request), line);
    });
  users
    .command('password <name>')
    .description('Set a new password, asked for or read from standard input; ends all sessions')
    .action(async (name: string, _, command) => {
      const password = await readPassword();
      await answer(command, ({ access }) => access.setPassword({ name, password }), line);
    });
  users
    .command('disable <name>')
    .description('Let a user log in no more; ends all sessions')
    .option('--undo', 'let the user log in again')
    .action((name: string, { undo = false }: { undo?: boolean }, command) =>
      answer(command, ({ access }) => access.setDisabled({ name, disabled: !undo }), line),
    );
  users
    .command('sessions <name>')
    .description('List where a user is logged in')
    .action((name: string, _, command) =>
      answer(
        command,
        ({ access }) => ({ sessions: access.sessions({ name }) }),
        ({ sessions }) =>
          sessions.length === 0
            ? `${name} is logged in nowhere.`
            : table(
                ['session', 'browser', 'begun', 'last used'],
                sessions.map(({ id, browser, begun, used }) => [
                  ...[id, browser ?? 'unknown'],
                  ...[new Date(begun).toISOString(), new Date(used).toISOString()],
                ]),
              ),
      ),
    );
  users
    .command('end-session <name>')
    .argument('<session>', 'its number', wholeNumber)
    .description('End one session of a user')
    .action((name: string, id: number, _, command) =>
      answer(
        command,
        ({ access }) => {
          access.endSession({ name, id });
          return { ended: id };
        },
        () => `Session ${id} of ${name} has ended.`,
      ),
    );
  users
    .command('remove <name>')
    .description('Remove a user; ends all sessions')
    .action((name: string, _, command) =>
      answer(
        command,
        ({ access }) => {
          access.removeUser({ name });
          return { removed: name };
        },
        () => `${name} is removed.`,
      ),
    );
}
