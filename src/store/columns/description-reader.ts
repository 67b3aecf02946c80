import type { Filter } from '../../domain/search-language/filter.ts';
import { CollectionState } from '../collection-state.ts';
import { Connection } from '../connection.ts';
import { EmbeddingTable } from '../embedding-table.ts';
import type { FieldCounts } from '../facets.ts';
import { FieldTable } from '../field-table.ts';
import { FilteredSets } from '../filtered-sets.ts';
import { ImageTable } from '../image-table.ts';
import type { ImageRecord } from '../records.ts';
import { Columns } from './columns.ts';
import type { DescribedState } from './read-column.ts';

/** What a filter selects in one state of a collection. */
export interface SelectedWords {
  /** Name of the state. */
  state: string;
  /** Of a bitmap of ids; see `IdBitmap`. */
  words: Uint32Array<SharedArrayBuffer | ArrayBuffer>;
  /** To find what differs from this state in a later one. */
  described: DescribedState;
  /** What its comparisons say nothing of. */
  notes: string[];
}

/** A part of a list. */
export interface Part {
  /** Id that all images of the part lie above; none when undefined. */
  after?: number | undefined;
  /** Images to leave out before the first one, of those above `after`. */
  offset: number;
  /** Of its images. */
  limit: number;
}

/** A part of the images that match. */
export interface FoundPart {
  /** How many match. */
  total: number;
  /** Number of the part's first image among all that match, from 0. */
  offset: number;
  images: ImageRecord[];
}

/** Answers what takes long in a large collection; each method reads one committed state. */
export class DescriptionReader {
  private readonly connection: Connection;
  private readonly state: CollectionState;
  private readonly images: ImageTable;
  private readonly fields: FieldTable;
  private readonly columns: Columns;

  /** @throws SemblanceError those of opening a collection */
  constructor(file: string) {
    this.connection = new Connection(file, false);
    this.state = new CollectionState(this.connection);
    const embeddings = new EmbeddingTable(this.connection, this.state);
    this.images = new ImageTable(this.connection, embeddings, this.state, new FilteredSets());
    this.fields = new FieldTable(this.connection);
    this.columns = new Columns(this.connection, this.state);
  }

  /** Whether what it has read is worthless; see `Connection.outdated`. */
  get isOutdated(): boolean {
    return this.connection.outdated;
  }

  close(): void {
    this.connection.close();
  }

  select(filter: Filter): SelectedWords {
    return this.reading(() => {
      const { words } = this.columns.select(filter);
      const notes = this.columns.uncompared(filter);
      return { state: this.state.name(), words, described: this.columns.described, notes };
    });
  }

  /** See `countFacets`. */
  facets(filter: Filter, limit: number): FieldCounts[] {
    return this.reading(() => this.columns.facets(this.fields.names(), filter, limit));
  }

  /** A part of the images that match, in the order of their ids. */
  page(filter: Filter, { after, offset, limit }: Part): FoundPart {
    return this.reading(() => {
      const found = this.columns.select(filter);
      const first = offset + (after === undefined ? 0 : found.rank(after));
      const images = this.images.some(found.slice(first, limit));
      return { total: found.size, offset: first, images };
    });
  }

  /** See `ImageTable.withoutEmbedding`. */
  withoutEmbedding(encoderIds: readonly number[], part: Part): ImageRecord[] {
    return this.reading(() => this.images.withoutEmbedding(encoderIds, part));
  }

  /** Names of the fields there are. */
  names(): string[] {
    return this.reading(() => this.fields.names());
  }

  /** Reads a field into memory. */
  prepare(field: string): void {
    this.reading(() => this.columns.prepare(field));
  }

  private reading<T>(work: () => T): T {
    const { db } = this.connection;
    return this.connection.coded(() => {
      db.exec('BEGIN');
      try {
        return work();
      } finally {
        if (db.inTransaction) db.exec('ROLLBACK');
      }
    });
  }
}
