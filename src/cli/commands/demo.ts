import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { toSemblanceError } from '../../domain/errors/error.ts';
import { Encoder } from '../../encoding/encoders/encoder.ts';
import { DEFAULT_ENCODER, findEncoder } from '../../encoding/encoders/registry.ts';
import { writePhantoms } from '../../images/phantoms/phantoms.ts';
import { indexImages } from '../../indexing/index-images.ts';
import { readSource } from '../../indexing/read-source.ts';
import { chooseProvider, type Provider } from '../../runtime/provider.ts';
import { DataDirectory } from '../../store/data-directory.ts';
import type { GlobalOptions } from '../options.ts';
import { ProgressLine } from '../progress.ts';
import { type ServeCommandOptions, serveUntilInterrupted, withServeOptions } from './serve.ts';

const COLLECTION = 'phantoms';

/**
 * Draws the sample collection unless it is there, and indexes what is not indexed yet.
 * @returns the provider that it was indexed with
 */
async function prepareSample(home: DataDirectory, wanted: Provider): Promise<Provider> {
  const folder = join(home.folder, 'phantoms');
  try {
    // dataset.csv is written last, so it stands for a whole collection.
    if (!existsSync(join(folder, 'dataset.csv'))) {
      process.stderr.write('Drawing the sample collection ...\n');
      await writePhantoms(folder);
    }
  } catch (error) {
    throw toSemblanceError(error, folder);
  }
  const provider = chooseProvider(wanted, home.logger);
  const definition = await findEncoder(DEFAULT_ENCODER, home.encodersFolder);
  const encoder = await Encoder.load(definition, { provider });
  const store = home.open(COLLECTION, { create: true });
  const progress = new ProgressLine('images');
  try {
    await indexImages(store, encoder, await readSource(folder), {
      onProgress: ({ done, total }) => progress.update(done, total),
    });
    progress.end();
    return await provider();
  } finally {
    store.close();
    await encoder.release();
  }
}

/** `semblance demo`: the sample collection, encoded and served. */
export function addDemoCommand(command: Command): void {
  withServeOptions(command).action(async (options: ServeCommandOptions) => {
    const globals = command.optsWithGlobals<GlobalOptions>();
    const home = new DataDirectory(globals.home);
    const provider = await prepareSample(home, globals.provider);
    await serveUntilInterrupted(home, options, { ...globals, provider });
  });
}
