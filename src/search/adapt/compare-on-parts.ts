import type { LoadOptions } from '../../encoding/encoders/model.ts';
import { Projection } from '../../encoding/encoders/projection.ts';
import { FlatIndex } from '../../index/memory/flat-index.ts';
import { type LabelledRows, labelledRows, share } from '../../store/labelled-rows.ts';
import type { ReadableCollection } from '../../store/readable-collection.ts';
import type { StoredEncoder } from '../../store/records.ts';
import { OtherPatients } from '../other-patients.ts';
import type { Adaptation } from './adapt.ts';
import { type AdaptedComparison, compare } from './compare-forms.ts';
import { KS, type Precisions, precisionInto } from './cross-validate.ts';
import { partsOf, vectorsOf } from './rows.ts';

/**
 * Compares an encoder with its adapted form on val and test, each searched in train, where there are parts. In memory
 * are the embeddings of train, plain or adapted.
 * @param onProgress is told of the queries that were searched with
 */
export async function compareOnParts(
  store: ReadableCollection,
  encoder: StoredEncoder,
  { field, projection: graph, dimension }: Adaptation,
  {
    onProgress,
    ...loading
  }: LoadOptions & { onProgress?: (done: number, total: number) => void } = {},
): Promise<AdaptedComparison[]> {
  const parts = partsOf(labelledRows(store, encoder.id, field));
  const searched = (['val', 'test'] as const).filter((on) => parts[on].length > 0);
  if (searched.length === 0) return [];
  const total = 2 * searched.reduce((sum, on) => sum + parts[on].length, 0);
  let before = 0;
  const projection = await Projection.load(encoder.name, graph, dimension, loading);
  /** Precisions of the parts in a form of the embeddings. */
  const measure = async (length: number, form: Form): Promise<Precisions[]> => {
    const vectors = (rows: LabelledRows) => inForm(vectorsOf(store, encoder, rows), form);
    const index = await indexOf(parts.train, length, vectors(parts.train));
    try {
      const found: Precisions[] = [];
      for (const on of searched) {
        const queries = parts[on];
        const tell = (done: number) => onProgress?.(before + done, total);
        found.push(await precisions(index, parts.train, queries, vectors(queries), tell));
        before += queries.length;
      }
      return found;
    } finally {
      await index.release();
    }
  };
  try {
    const plain = await measure(encoder.dimension, async (vectors) => [...vectors]);
    const adapted = await measure(dimension, (vectors) => projection.apply(vectors));
    return searched.map((on, i) =>
      compare(on, parts[on], plain[i] as Precisions, adapted[i] as Precisions),
    );
  } finally {
    await projection.release();
  }
}

/** What embeddings are compared as. */
type Form = (vectors: readonly Float32Array[]) => Promise<Float32Array[]>;

async function* inForm(
  batches: Iterable<readonly Float32Array[]>,
  form: Form,
): AsyncGenerator<Float32Array[]> {
  for (const batch of batches) yield await form(batch);
}

async function indexOf(
  rows: LabelledRows,
  dimension: number,
  batches: AsyncIterable<readonly Float32Array[]>,
): Promise<FlatIndex> {
  const values = new Float32Array(rows.length * dimension);
  let at = 0;
  for await (const batch of batches) {
    for (const vector of batch) {
      values.set(vector, at);
      at += dimension;
    }
  }
  return FlatIndex.fromMatrix(dimension, values, { ids: rows.ids });
}

async function precisions(
  index: FlatIndex,
  among: LabelledRows,
  queries: LabelledRows,
  batches: AsyncIterable<readonly Float32Array[]>,
  progress: (done: number) => void,
): Promise<Precisions> {
  const others = new OtherPatients(index, among);
  const result = new Float64Array(queries.length * KS.length);
  let at = 0;
  for await (const batch of batches) {
    const asked = batch.map((vector, i) => ({ ...queries.at(at + i), vector }));
    const tell = (done: number) => progress(at + done);
    const found = await others.nearest(asked, Math.max(...KS), tell);
    for (const [i, hits] of found.entries()) {
      const own = asked[i]?.labels ?? [];
      precisionInto(
        result,
        at + i,
        hits.map(({ id }) => share(among.labelsAt(among.placeOf(id) as number), own)),
      );
    }
    at += batch.length;
  }
  return result;
}
