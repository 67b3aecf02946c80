import { existsSync } from 'node:fs';
import type { CollectionSummary, Facet, Image, ImagePage } from '../contract/shapes.ts';
import { SemblanceError } from '../domain/errors/error.ts';
import { storedDescription } from '../encoding/encoders/stored-description.ts';
import { chooseEncoder } from '../search/choose-encoder.ts';
import { parseFusion } from '../search/fusion.ts';
import { isFusion } from '../search/open-space.ts';
import type { CollectionStore } from '../store/collection-store.ts';
import type { StoredEncoder } from '../store/records.ts';
import type { Call } from './call.ts';
import { toImage } from './images.ts';
import type { OpenCollections } from './open-collections.ts';
import type { ImageOf } from './pictures.ts';
import { problemDocument } from './problem.ts';

/** Some images of a collection. */
export interface Selection {
  collection: string;
  /** `field=value`; a repeated field allows any of its values, all fields must match. */
  filter?: readonly string[];
  /** A query of the search language; it applies beside `filter`. */
  where?: string;
}

/** A part of a list. */
export interface Page {
  /** Number of its first image, from 0. */
  offset: number;
  /** Of its images. */
  limit: number;
}

/** What collections there are and what they hold. */
export class CollectionService {
  constructor(private readonly collections: OpenCollections) {}

  /** All collections. One that cannot be opened hides none of the others: it has its problem. */
  list(): CollectionSummary[] {
    return this.collections.names().map((name) => {
      try {
        return summaryOf(name, this.collections.store(name));
      } catch (error) {
        return { name, images: 0, encoders: [], problem: problemDocument(error) };
      }
    });
  }

  /**
   * Opens every collection.
   * @throws SemblanceError of the first that cannot be opened
   */
  check(): void {
    for (const name of this.collections.names()) this.collections.store(name).generation();
  }

  /** One image. @throws SemblanceError COLLECTION_NOT_FOUND, IMAGE_NOT_FOUND */
  image({ collection, id }: ImageOf): Image {
    return toImage(this.collections.store(collection).images.get(id));
  }

  /** A page of the images that match, in the order they were indexed. */
  images(
    { signal }: Call,
    { collection, filter = [], where = '', ...page }: Selection & Page,
  ): Promise<ImagePage> {
    return this.collections.store(collection).snapshot(async (state) => {
      const selected = state.fields.filter(filter, where);
      const images = state.images.page({ filter: selected, ...page }).map(toImage);
      return { total: state.images.count(selected), offset: page.offset, images };
    }, signal);
  }

  /** The values of each field with their counts, under the filter on the other fields. */
  facets({ signal }: Call, { collection, filter = [], where = '' }: Selection): Promise<Facet[]> {
    const store = this.collections.store(collection);
    return store.snapshot(
      async (state) => state.fields.facets(state.fields.filter(filter, where)),
      signal,
    );
  }

  /** Images without an embedding of an encoder, or of any of several that are fused. */
  missingEmbeddings({
    collection,
    encoder,
    ...page
  }: { collection: string; encoder?: string | undefined } & Page): Image[] {
    const store = this.collections.store(collection);
    const names = isFusion(encoder) ? parseFusion(encoder).map(({ name }) => name) : [encoder];
    const ids = names.map((name) => chooseEncoder(store, name).id);
    return store.images.withoutEmbedding(ids, page).map(toImage);
  }
}

/** What a collection holds. */
function summaryOf(name: string, store: CollectionStore): CollectionSummary {
  // An encoder whose settings changed has several rows: the one searched with is shown.
  const filled = store.encoders.list().filter((e) => e.embeddings > 0);
  const preferred = store.encoders.default();
  const names = new Set([preferred, ...filled].flatMap((e) => e?.name ?? []));
  const encoders = [...names].map((encoder) => {
    const stored = chooseEncoder(store, encoder);
    return {
      name: stored.name,
      dimension: stored.dimension,
      embeddings: stored.embeddings,
      isDefault: stored.id === preferred?.id,
      ...abilitiesOf(stored),
    };
  });
  return { name, images: store.images.count(), encoders };
}

/** What an encoder is called, and whether it can encode. One that is damaged says so to whoever uses it. */
function abilitiesOf(
  stored: StoredEncoder,
): Pick<CollectionSummary['encoders'][number], 'title' | 'available' | 'text'> {
  try {
    const { definition } = storedDescription(stored);
    const { title, model } = definition;
    const text = 'text' in definition ? definition.text : undefined;
    return {
      title,
      available: 'builtin' in model || existsSync(model.file),
      text: text !== undefined && [text.model.file, ...text.tokenizer.files].every(existsSync),
    };
  } catch (error) {
    if (!(error instanceof SemblanceError && error.code === 'ENCODER_DAMAGED')) throw error;
    return { title: stored.name, available: false, text: false };
  }
}
