import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Indexing } from '../contract/indexing.ts';
import { toSemblanceError } from '../domain/errors/error.ts';
import type { DataDirectory } from '../store/data-directory.ts';
import type { Call } from './call.ts';
import type { IndexingService } from './indexing.ts';

const COLLECTION = 'phantoms';

/** The sample collection of drawn pictures. */
export class SampleService {
  /** @internal */
  constructor(
    private readonly indexing: IndexingService,
    private readonly directory: DataDirectory,
  ) {}

  /**
   * Draws the sample collection unless it is there, and indexes what is not indexed yet.
   * @throws SemblanceError DISK_FULL, PATH_NOT_READABLE and those of `IndexingService.index`
   */
  async prepare(call: Call): Promise<Indexing> {
    const folder = join(this.directory.folder, 'phantoms');
    try {
      // dataset.csv is written last, so it stands for a whole collection.
      if (!existsSync(join(folder, 'dataset.csv'))) {
        this.directory.logger.warn('Drawing the sample collection ...');
        const { writePhantoms } = await import('../images/phantoms/phantoms.ts');
        await writePhantoms(folder);
      }
    } catch (error) {
      throw toSemblanceError(error, folder);
    }
    return this.indexing.index(call, { collection: COLLECTION, path: folder });
  }
}
