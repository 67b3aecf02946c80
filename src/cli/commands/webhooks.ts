import type { Command } from 'commander';
import { answer } from '../answer.ts';
import { table, wholeNumber } from '../output.ts';

/** `semblance webhooks`: whom a server tells of tasks that have ended. */
export function addWebhooksCommand(webhooks: Command): void {
  webhooks
    .command('add <url>')
    .description(
      'Have an address told of each task that ends; what signs the messages is shown once',
    )
    .action((url: string, _: unknown, command: Command) =>
      answer(
        command,
        (semblance) => semblance.webhooks.add({ url }),
        ({ id, secret }) => `${secret}\nWebhook ${id} is signed by it; it is not shown again.`,
      ),
    );
  webhooks
    .command('list')
    .description('List whom is told, and how the last time went')
    .action((_: unknown, command: Command) =>
      answer(
        command,
        (semblance) => ({ webhooks: semblance.webhooks.list() }),
        (told) =>
          told.webhooks.length === 0
            ? 'No webhook: add one with `semblance webhooks add`.'
            : table(
                ['webhook', 'address', 'waiting', 'last'],
                told.webhooks.map(({ id, url, waiting, last }) => [id, url, waiting, last ?? '']),
              ),
      ),
    );
  webhooks
    .command('remove <number>')
    .description('Tell an address nothing any more, also not what waits')
    .action((number: string, _: unknown, command: Command) =>
      answer(
        command,
        (semblance) => {
          const id = wholeNumber(number);
          semblance.webhooks.remove({ id });
          return { removed: id };
        },
        ({ removed }) => `Webhook ${removed} is removed.`,
      ),
    );
}
