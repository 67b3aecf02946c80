import type { EmbeddingTable } from './embedding-table.ts';
import type { EncoderTable } from './encoder-table.ts';
import type { FieldTable } from './field-table.ts';
import type { ImageTable } from './image-table.ts';
import type { MapTable } from './map-table.ts';
import type { SourceTable } from './source-table.ts';

/**
 * What can be read of a collection: of the open one (`CollectionStore`), or of one committed state of it
 * (`CollectionStore.snapshot`). It has no way to write.
 */
export interface ReadableCollection {
  /** The collection's file. */
  readonly file: string;
  readonly sources: Pick<
    SourceTable,
    'list' | 'filePath' | 'placesOfObject' | 'placesOf' | 'idsOfSource' | 'idsOfPath'
  >;
  readonly images: ImageTable;
  readonly fields: Pick<FieldTable, 'where' | 'filter' | 'facets' | 'uncompared'>;
  readonly embeddings: Pick<
    EmbeddingTable,
    | 'each'
    | 'readInto'
    | 'get'
    | 'count'
    | 'imageIds'
    | 'encodersOf'
    | 'changedSince'
    | 'areChanged'
    | 'digest'
  >;
  readonly encoders: Pick<
    EncoderTable,
    'list' | 'default' | 'activations' | 'countMissing' | 'calibration'
  >;
  readonly maps: Pick<MapTable, 'get'>;
  /** See `CollectionStore.generation`. */
  generation(encoderId?: number): number;
  /** See `CollectionStore.stateName`. */
  stateName(encoderId: number): string | undefined;
  /** See `CollectionStore.identity`. */
  identity(): string | undefined;
}
