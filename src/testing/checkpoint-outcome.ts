import { SemblanceError } from '../domain/errors/error.ts';
import { openCheckpoint } from '../encoding/checkpoints/open.ts';

/**
 * Reads everything of a file: 'read', or code and text of the error that refuses it.
 * @throws Error when the error has no code or names another file
 */
export function checkpointOutcome(path: string, open = openCheckpoint): string {
  try {
    const source = open(path);
    try {
      for (const name of source.names()) source.floats(name);
    } finally {
      source.close();
    }
    return 'read';
  } catch (error) {
    if (!(error instanceof SemblanceError)) throw error;
    if (error.subject !== path) throw new Error(`It names ${error.subject}.`, { cause: error });
    return `${error.code} ${error.message}`;
  }
}
