import type { TableReport } from '../contract/tables.ts';
import { SemblanceError } from '../domain/errors/error.ts';
import { type LeftOut, leftOutText } from '../domain/left-out.ts';
import type { Objects } from '../objects/objects.ts';
import type { SourceDescription } from '../store/records.ts';

/** A folder that was entered through a link. */
export interface LinkedFolder {
  /** The link, relative to the source's folder. */
  path: string;
  /** Absolute path of the real folder. */
  target: string;
}

/** What is to be indexed: the images' descriptions, and what could not even be listed. */
export interface Source {
  /** Absolute path of the folder, or address of the archive, that the images' paths are relative to. */
  root: string;
  images: SourceDescription[];
  /** Folders and files that may not be read, links that lead nowhere, names that are not UTF-8; rows that cannot be used. */
  failures: SemblanceError[];
  /** What is no picture that is read, by kind. */
  leftOut: LeftOut[];
  linked: LinkedFolder[];
  /** Whether it has listed itself in whole, so that what it lacks is gone; of folders the disk tells. */
  whole?: boolean;
  /** How the CSV was read, where there is one; `problems`: rows that are used, but not with all they say. */
  table?: TableReport & { problems: SemblanceError[] };
  /** Of how many images the patient is known, where a CSV describes them. */
  knownPatients?: number;
}

/** A source whose images are made when they are asked for, each time anew. */
export interface LazySource extends Omit<Source, 'images'> {
  images: Iterable<SourceDescription> & { readonly length: number };
}

export interface SourceOptions {
  /** Takes hidden files and what systems leave behind, too. */
  all?: boolean;
  /** Of a folder these files alone, by their names in it. */
  files?: readonly string[] | undefined;
  /** How many files were found, and then of how many the first bytes were looked at. */
  onProgress?: (progress: { done: number; total: number | undefined }) => void;
  /** Where it is read from; by default what the environment lets in. */
  objects?: Objects | undefined;
  /** Ends the listing of an archive. */
  signal?: AbortSignal | undefined;
}

/**
 * Refuses a source without any image.
 * @param path as the user named it
 * @throws SemblanceError SOURCE_EMPTY that lists what is there instead
 */
export function requireImages({ images, failures, leftOut }: Source, path: string): void {
  if (images.length > 0) return;
  const [failure] = failures;
  const there = [
    ...leftOut.map(leftOutText),
    ...(failure
      ? [`${failures.length} that cannot be read (${failure.subject}: ${failure.message})`]
      : []),
  ];
  throw new SemblanceError(
    'SOURCE_EMPTY',
    there.length === 0 ? 'It is empty.' : `Instead there is: ${there.join('; ')}.`,
    { subject: path },
  );
}
