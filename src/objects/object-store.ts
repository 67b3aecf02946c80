import type { JsonDataSet } from '../dicom/json.ts';

/** What an object is read from: a file that can be opened, or bytes in memory. */
export type Opened = { path: string } | { bytes: Uint8Array };

/** What a place has that lists itself. */
export interface Listing {
  /** What the objects' paths are below. */
  root: string;
  /** Whether these are all of its objects, and not those of a query. */
  whole: boolean;
  /** @throws SemblanceError those of the kind of place; the signal's reason */
  paths(signal?: AbortSignal): AsyncIterable<string>;
}

/**
 * Where objects lie, of one kind: all that differs between files and what is kept elsewhere. A place is an absolute path, or
 * an address with a scheme.
 */
export interface ObjectStore {
  /**
   * Whether its objects are on the disk: any process can open them, and they may change at any time. Another object never
   * changes, or gets another UID (PS3.4 annex B.4).
   */
  readonly onDisk: boolean;
  /**
   * An object as it can be read at once.
   * @throws SemblanceError those of the kind of place; the signal's reason
   */
  open(place: string, signal?: AbortSignal): Promise<Opened>;
  /** The bytes of an object. @throws SemblanceError as `open` */
  read(place: string, signal?: AbortSignal): Promise<Uint8Array>;
  /** Differs when an object was replaced or written to. @throws SemblanceError PATH_NOT_FOUND, PATH_NOT_READABLE */
  stamp(place: string): Promise<string>;
  /**
   * What an object says of itself (`headOf`) where that is told without its pixels; undefined where it is read for it.
   * @throws SemblanceError as `open`
   */
  head(place: string, signal?: AbortSignal): Promise<JsonDataSet | undefined>;
  /** Whether it is certain that there is no such object; trouble in looking is not that. */
  isGone(place: string): Promise<boolean>;
  /** Whether two places are one object under names that differ only in their form. */
  isSame(place: string, other: string): boolean;
  /** The UIDs that a place is named by: whoever is told of it gets pseudonyms for them. */
  uids(place: string): ObjectUids | undefined;
  /**
   * Lists what a place has; undefined where it is walked through instead.
   * @throws SemblanceError PACS_ADDRESS_INVALID
   */
  listing(place: string): Listing | undefined;
  /** Ends what is open. */
  close(): Promise<void>;
}

/** Identifiers of an object, by their keywords. */
export interface ObjectUids {
  StudyInstanceUID: string;
  SeriesInstanceUID: string;
  SOPInstanceUID: string;
}
