/** Some images of a collection. */
export interface Selection {
  collection: string;
  /** `field=value`; a repeated field allows any of its values, all fields must match. */
  filter?: readonly string[] | undefined;
  /** A query of the search language; it applies beside `filter`. */
  where?: string | undefined;
}

/** A part of a list. */
export interface Page {
  /** Number of the image that it comes after: the last one of the page before, which may be gone since. */
  after?: number | undefined;
  /** Images to leave out before its first one, of those after `after`. */
  offset: number;
  /** Of its images. */
  limit: number;
}

/** Which images are to be taken out of a collection: those that all of it applies to. */
export interface RemovalRequest extends Selection {
  /** Numbers of images. */
  ids?: readonly number[] | undefined;
  /** Files or folders, also as the collection lists them. */
  paths?: readonly string[] | undefined;
  /** Only images whose files are gone. */
  missing?: boolean;
  /** Tell what would be removed, and remove nothing. */
  dryRun?: boolean;
}
