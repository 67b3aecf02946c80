import { Command } from 'commander';
import { vi } from 'vitest';

/**
 * Runs a command in this process, with `--json`.
 * @param add gives the command its arguments, options and action
 * @returns what it printed
 */
export async function printedBy(
  add: (command: Command) => void,
  home: string,
  args: readonly string[],
): Promise<string> {
  const program = new Command().option('--home <folder>').option('--json').exitOverride();
  const command = program.command('command');
  add(command);
  let printed = '';
  const output = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text;
    return true;
  });
  try {
    await program.parseAsync(['--home', home, '--json', 'command', ...args], { from: 'user' });
  } finally {
    output.mockRestore();
  }
  return printed;
}

/** Runs a command in this process, and gives what it printed as JSON. */
export async function runCommand(...asked: Parameters<typeof printedBy>): Promise<unknown> {
  return JSON.parse(await printedBy(...asked));
}
