/** Kinds of which nobody needs to be told as of a loss. */
const HARMLESS: ReadonlySet<string> = new Set([
  'leftover',
  'seen',
  'unnamed picture',
  'not a key image',
]);

/** Entries of a source that were left out for the same reason. */
export interface LeftOut {
  /**
   * The kind of content ("DICOM report", "ZIP", "text", "unknown", "empty", "FIFO", ...), or `leftover` for
   * hidden files and what systems leave behind, `seen` for a second path to a file or folder that is
   * read already, `not a key image` where only these are taken, `absent key image` for one that is not there, by the
   * selection that names it, `folder above` for a link to a folder that holds the source, `unnamed picture` for
   * one that the folder's `dataset.csv` does not name.
   */
  kind: string;
  count: number;
  /** The first paths, relative to the source's folder. */
  examples: string[];
}

/** How many entries were left out that somebody may miss. */
export function missedCount(leftOut: readonly LeftOut[]): number {
  return leftOut
    .filter(({ kind }) => !HARMLESS.has(kind))
    .reduce((sum, { count }) => sum + count, 0);
}

/** One line about the entries of a kind: how many, what, and the first of them. */
export function leftOutText({ kind, count, examples }: LeftOut): string {
  const more = count > examples.length ? ', ...' : '';
  return `${count} ${phrase(kind, count)} (${examples.join(', ')}${more})`;
}

function phrase(kind: string, count: number): string {
  const files = count === 1 ? 'file' : 'files';
  switch (kind) {
    case 'leftover':
      return `hidden or left behind by other programs; --all takes ${count === 1 ? 'it' : 'them'}`;
    case 'seen':
      return count === 1
        ? 'second path to what is read already'
        : 'second paths to what is read already';
    case 'unknown':
      return `${files} of no known kind`;
    case 'folder above':
      return `${count === 1 ? 'link' : 'links'} to a folder that holds this one`;
    case 'unnamed picture':
      return `${count === 1 ? 'picture' : 'pictures'} that dataset.csv does not name`;
    case 'not a key image':
      return `DICOM ${files} that no Key Object Selection refers to`;
    case 'absent key image':
      return `${count === 1 ? 'image' : 'images'} that a Key Object Selection refers to and that ${count === 1 ? 'is' : 'are'} not there`;
    default:
      return `${kind} ${files}`;
  }
}
