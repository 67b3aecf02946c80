import type { Command } from 'commander';
import { Semblance } from '../../app/semblance.ts';
import type { GlobalOptions } from '../options.ts';
import { CallProgress } from '../progress.ts';
import { takeSettings } from '../settings.ts';
import { type ServeCommandOptions, serveUntilInterrupted, withServeOptions } from './serve.ts';

/** `semblance demo`: the sample collection, encoded and served. */
export function addDemoCommand(command: Command): void {
  withServeOptions(command).action(async (options: ServeCommandOptions) => {
    takeSettings(command);
    const globals = command.optsWithGlobals<GlobalOptions>();
    const semblance = await Semblance.open({ home: globals.home, provider: globals.provider });
    const line = new CallProgress();
    try {
      await semblance.sample.prepare({ progress: line.show });
    } finally {
      line.end();
      await semblance.close();
    }
    // That another was wanted is said once.
    const provider = await semblance.provider();
    await serveUntilInterrupted(globals.home, options, { ...globals, provider });
  });
}
