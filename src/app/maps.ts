import { z } from 'zod';
import type { CollectionMap } from '../contract/map.ts';
import { SemblanceError } from '../domain/errors/error.ts';
import { normalise } from '../domain/vectors.ts';
import { Slices } from '../runtime/slices.ts';
import { chooseEncoder } from '../search/choose-encoder.ts';
import type { DataDirectory } from '../store/data-directory.ts';
import { labelsOf } from '../store/labelled-rows.ts';
import type { ReadableCollection } from '../store/readable-collection.ts';
import type { Call } from './call.ts';
import type { OpenCollections } from './open-collections.ts';
import { WholeCall } from './whole-call.ts';

/** Images that are laid out at the most, unless more are asked for: time and memory grow with them. */
export const MAP_POINTS = 10_000;
/** Neighbours that UMAP looks at. */
const NEIGHBOURS = 15;
/** The same map each time. */
const SEED = 1;
/** Groups that are told apart; more colours nobody can. */
const GROUPS = 12;
/** Images that are read at a time. */
const PIECE = 200;

const FactsSchema = z.object({
  made: z.string(),
  /** Images that the encoder had seen. */
  of: z.number().int(),
  /** See `CollectionStore.stateName`. */
  state: z.string().nullable(),
  explained: z.array(z.number()),
});

/** Which map. */
export interface MapRequest {
  collection: string;
  /** By default that of the collection. */
  encoder?: string | undefined;
}

/** Maps of collections: the images in the plane, those that an encoder finds alike together. */
export class MapService {
  /** @internal */
  constructor(
    private readonly collections: OpenCollections,
    private readonly directory: DataDirectory,
  ) {}

  /**
   * Lays the images out by UMAP and by PCA, and keeps that in the collection's file in place of an earlier map. Of more
   * than `points` images it takes a random sample, the same each time.
   * @param request `points`: 10,000 by default
   * @throws SemblanceError COLLECTION_NOT_FOUND, COLLECTION_EMPTY, ENCODER_NOT_FOUND, ANALYSIS_IMPOSSIBLE (fewer than three
   *   images), COLLECTION_BUSY; the signal's reason
   */
  async make(
    call: Call,
    {
      collection,
      encoder: name,
      points = MAP_POINTS,
    }: MapRequest & { points?: number | undefined },
  ): Promise<CollectionMap> {
    const { findNeighbours } = await import('../study/evaluation/neighbours.ts');
    const { pca } = await import('../study/analyses/projection/pca.ts');
    const { umap } = await import('../study/analyses/projection/umap.ts');
    const steps = new WholeCall(call, { embeddings: 1, neighbours: 2, epochs: 8, components: 8 });
    await this.directory.whileOpen(collection, async (store) => {
      const encoder = chooseEncoder(store, name);
      const { ids, values, ...facts } = await store.snapshot(
        (state) =>
          sampleOf(state, encoder, points, steps.counting('embeddings', { unit: 'embeddings' })),
        call.signal,
      );
      if (ids.length < 3) {
        const why = `${ids.length} images have no map: it takes three.`;
        throw new SemblanceError('ANALYSIS_IMPOSSIBLE', why, { subject: collection });
      }
      const { dimension } = encoder;
      const all = Int32Array.from(ids.keys());
      const table = await findNeighbours(
        { paths: [], dimension, values },
        ...([all, all, Math.min(NEIGHBOURS, ids.length)] as const),
        { progress: steps.counting('neighbours', { unit: 'images' }) },
      );
      const layout = await umap(table, {
        seed: SEED,
        progress: steps.counting('epochs', { unit: 'epochs' }),
        ...(call.signal && { signal: call.signal }),
      });
      const components = pca(values, dimension, 2, SEED);
      const layouts = [layout, components.coordinates].map((each) => Float32Array.from(each));
      const { explained } = components;
      const kept = { ...facts, made: new Date().toISOString(), explained };
      store.maps.save(encoder.id, { facts: JSON.stringify(kept), ids, layouts });
    });
    return this.stored(call, { collection, encoder: name });
  }

  /**
   * The map that was made last.
   * @param request `field`: what the images are grouped by: `label` by default, or a metadata field
   * @throws SemblanceError COLLECTION_NOT_FOUND, COLLECTION_EMPTY, ENCODER_NOT_FOUND, MAP_NOT_FOUND; the signal's reason
   */
  stored(
    { signal }: Call,
    { collection, encoder: name, field = 'label' }: MapRequest & { field?: string | undefined },
  ): Promise<CollectionMap> {
    return this.collections.store(collection).snapshot(async (state) => {
      const encoder = chooseEncoder(state, name);
      const map = state.maps.get(encoder.id);
      if (map === undefined) {
        throw new SemblanceError('MAP_NOT_FOUND', 'There is nothing to show.', {
          subject: encoder.name,
        });
      }
      const { made, of, state: then, explained } = FactsSchema.parse(JSON.parse(map.facts));
      const [umap, pca] = map.layouts as [Float32Array, Float32Array];
      const rows: number[] = [];
      const texts: string[] = [];
      const slices = new Slices(signal);
      for (let at = 0; at < map.ids.length; at += PIECE) {
        const piece = map.ids.subarray(at, at + PIECE);
        const records = new Map(state.images.some([...piece]).map((each) => [each.id, each]));
        piece.forEach((id, i) => {
          const record = records.get(id);
          if (record === undefined) return;
          rows.push(at + i);
          texts.push(labelsOf(record, field).join(', '));
        });
        if (slices.over()) await slices.pause();
      }
      const placesOf = (layout: Float32Array) =>
        rows.flatMap((row) => [short(layout[2 * row]), short(layout[2 * row + 1])]);
      return {
        ...{ collection, encoder: encoder.name, made, explained, field },
        ...{ points: rows.length, of, gone: map.ids.length - rows.length },
        embeddings: state.embeddings.count(encoder.id),
        stale: then !== (state.stateName(encoder.id) ?? null),
        ...grouped(texts),
        ids: rows.map((row) => map.ids[row] as number),
        ...{ umap: placesOf(umap), pca: placesOf(pca) },
      };
    }, signal);
  }
}

/** The embeddings of all images, or of a sample of them, of length 1. */
async function sampleOf(
  state: ReadableCollection,
  { id, dimension }: { id: number; dimension: number },
  points: number,
  told: (done: number, total: number) => void,
) {
  const { simpleSample } = await import('../study/analyses/sample.ts');
  const all = state.embeddings.imageIds(id);
  const ids = simpleSample(all.length, points, SEED).map((row) => all[row] as number);
  const values = new Float32Array(ids.length * dimension);
  const slices = new Slices(undefined);
  for (const [row, image] of ids.entries()) {
    const vector = state.embeddings.get(id, image) as Float32Array;
    values.set(vector, row * dimension);
    normalise(values.subarray(row * dimension, (row + 1) * dimension));
    if (!slices.over()) continue;
    told(row, ids.length);
    await slices.pause();
  }
  return { ids, values, of: all.length, state: state.stateName(id) ?? null };
}

/** Five digits, which is more than a picture shows. */
const short = (value: number | undefined) => Number((value ?? 0).toPrecision(5));

/** The groups with most images, and which each image is of. */
function grouped(texts: readonly string[]): Pick<CollectionMap, 'values' | 'groups'> {
  const counts = new Map<string, number>();
  for (const text of texts) if (text !== '') counts.set(text, (counts.get(text) ?? 0) + 1);
  const values = [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
    .slice(0, GROUPS);
  const at = new Map(values.map(({ value }, place) => [value, place]));
  return { values, groups: texts.map((text) => (text === '' ? -2 : (at.get(text) ?? -1))) };
}
