import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * A module as `fork` takes it. Run from the sources (tests), a process needs the TypeScript loader too.
 * @param base `import.meta.url` of the caller
 * @param module path of the module from there, without its ending
 */
export function forkable(base: string, module: string): { file: string; execArgv: string[] } {
  const fromSource = base.endsWith('.ts');
  const file = fileURLToPath(new URL(`${module}.${fromSource ? 'ts' : 'js'}`, base));
  return { file, execArgv: fromSource ? ['--import', 'tsx'] : [] };
}

/** A module in a process of its own, which hears from this one alone. @param base, module as of `forkable` */
export function forkApart(base: string, module: string): ChildProcess {
  const { file, execArgv } = forkable(base, module);
  // A Ctrl-C in the terminal is this process's to tell.
  return fork(file, { execArgv, detached: true, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
}
