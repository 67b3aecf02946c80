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
  /** Number of its first image, from 0. */
  offset: number;
  /** Of its images. */
  limit: number;
}
