import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const MONITOR = fileURLToPath(new URL('loop-delay.mjs', import.meta.url));

/** A server in a process of its own. */
export interface Served {
  url: string;
  process: ChildProcess;
  /** Milliseconds for which the event loop was held at most since the last call. */
  longestHold(): Promise<number>;
}

/** Starts the built server on any free port. @param more options of `serve` */
export async function serve(home: string, more: readonly string[] = []): Promise<Served> {
  const args = ['--import', MONITOR, MAIN, '--home', home, 'serve', '--port', '0', ...more];
  const process_ = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    process_.stdout?.on('data', (data) => {
      text += data;
      const found = /http:\/\/\S+\//.exec(text);
      if (found) resolve(found[0]);
    });
    process_.once('exit', (code) => reject(new Error(`The server ended with ${code}.`)));
  });
  return {
    url,
    process: process_,
    longestHold: () =>
      new Promise((resolve) => {
        process_.once('message', ({ longest }: { longest: number }) => resolve(longest));
        process_.send('loop-delay');
      }),
  };
}
