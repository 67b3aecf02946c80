import { existsSync } from 'node:fs';
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import * as schemas from '../../contract/shapes.ts';
import { SemblanceError } from '../../domain/errors/error.ts';
import { storedDescription } from '../../encoding/encoders/stored-description.ts';
import { chooseEncoder } from '../../search/choose-encoder.ts';
import { parseFusion } from '../../search/fusion.ts';
import { isFusion } from '../../search/open-space.ts';
import type { CollectionStore } from '../../store/collection-store.ts';
import type { StoredEncoder } from '../../store/records.ts';
import { problemDocument } from '../problems.ts';
import {
  filterFields,
  filterOf,
  inCollection,
  json,
  only,
  pageFields,
  problemsOf,
  type Services,
  toImage,
} from './shared.ts';

/** What a collection holds. */
function summaryOf(name: string, store: CollectionStore): schemas.CollectionSummary {
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
): Pick<schemas.CollectionSummary['encoders'][number], 'title' | 'available' | 'text'> {
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

/** What collections there are and what they hold. */
export function addCollectionRoutes(app: OpenAPIHono, { catalogue, lanes }: Services): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/collections',
      operationId: 'listCollections',
      tags: ['Collections'],
      summary: 'The collections',
      middleware: [lanes.searches] as const,
      request: { query: only({}) },
      responses: {
        200: json(schemas.CollectionsSchema, 'All collections'),
        ...problemsOf('queue'),
      },
    }),
    (c) => {
      const collections = catalogue.names().map((name): schemas.CollectionSummary => {
        try {
          return summaryOf(name, catalogue.store(name));
        } catch (error) {
          // One that cannot be opened hides none of the others.
          return { name, images: 0, encoders: [], problem: problemDocument(error) };
        }
      });
      return c.json({ collections }, 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/collections/{collection}/missing-embeddings',
      operationId: 'listMissingEmbeddings',
      tags: ['Collections'],
      summary: 'Images without an embedding of an encoder, or of any of several that are fused',
      middleware: [lanes.searches] as const,
      request: {
        params: inCollection,
        query: only({ encoder: schemas.EncodersSchema.optional(), ...pageFields }),
      },
      responses: {
        200: json(schemas.MissingEmbeddingsSchema, 'A page of them'),
        ...problemsOf('queue', 'collection', 'encoder'),
      },
    }),
    (c) => {
      const store = catalogue.store(c.req.valid('param').collection);
      const { encoder, ...page } = c.req.valid('query');
      const names = isFusion(encoder) ? parseFusion(encoder).map(({ name }) => name) : [encoder];
      const ids = names.map((name) => chooseEncoder(store, name).id);
      return c.json({ images: store.images.withoutEmbedding(ids, page).map(toImage) }, 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/collections/{collection}/facets',
      operationId: 'listFacets',
      tags: ['Collections'],
      summary: 'Values of the fields with their counts under a filter',
      middleware: [lanes.searches] as const,
      request: { params: inCollection, query: only(filterFields) },
      responses: {
        200: json(schemas.FacetsSchema, 'The fields'),
        ...problemsOf('queue', 'collection', 'filter'),
      },
    }),
    async (c) => {
      const store = catalogue.store(c.req.valid('param').collection);
      const facets = await store.snapshot(async (state) =>
        state.fields.facets(filterOf(state, c.req.valid('query'))),
      );
      return c.json({ facets }, 200);
    },
  );
}
