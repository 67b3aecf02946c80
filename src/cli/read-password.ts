import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { SemblanceError } from '../domain/errors/error.ts';

/**
 * A password: asked for twice at a terminal, which does not show it; else what standard input holds, without the end of
 * its line. It is no argument, because everybody on the machine can read those.
 * @throws SemblanceError USAGE when both differ
 */
export async function readPassword(): Promise<string> {
  if (!process.stdin.isTTY) return (await text(process.stdin)).replace(/\r?\n$/, '');
  const password = await askHidden('Password: ');
  if (password === (await askHidden('Once more: '))) return password;
  throw new SemblanceError('USAGE', 'These were two different passwords.');
}

function askHidden(question: string): Promise<string> {
  process.stderr.write(question);
  // Without an output, the terminal's echo is off and nothing stands in its place.
  const lines = createInterface({ input: process.stdin, terminal: true });
  return new Promise((resolve, reject) => {
    lines.once('line', (line) => {
      resolve(line);
      lines.close();
    });
    lines.once('SIGINT', () => lines.close());
    lines.once('close', () => {
      process.stderr.write('\n');
      reject(new SemblanceError('USAGE', 'No password was given.'));
    });
  });
}
