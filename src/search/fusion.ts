import { SemblanceError } from '../domain/errors/error.ts';
import { dot } from '../domain/vectors.ts';
import type { ReadableCollection } from '../store/readable-collection.ts';
import type { EmbeddingSpace } from './embedding-space.ts';

/** Images of the sample that the spread of similarities is measured on: 130,816 pairs. */
const SAMPLE = 512;

/**
 * Standard deviation of the cosine similarity between images of a collection, from up to 512 of them at
 * even distances; the same for the same state of the collection.
 */
function similaritySpread(vectors: readonly Float32Array[]): number {
  const units = vectors.map((vector) => scaled(vector, 1));
  let count = 0;
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < units.length; i++) {
    for (let j = 0; j < i; j++) {
      const similarity = dot(units[i] as Float32Array, units[j] as Float32Array);
      count += 1;
      sum += similarity;
      squares += similarity * similarity;
    }
  }
  const mean = sum / count;
  return count === 0 ? 0 : Math.sqrt(Math.max(0, squares / count - mean * mean));
}

/** Embeddings of images at even distances, in each of the spaces; those that lack one are left out. */
function sample(state: ReadableCollection, spaces: readonly EmbeddingSpace[]): Float32Array[][] {
  const ids = state.images.setWhere([]);
  const step = Math.max(1, ids.size / SAMPLE);
  const vectors: Float32Array[][] = spaces.map(() => []);
  for (let at = 0; at < ids.size; at += step) {
    try {
      const id = ids.slice(Math.floor(at), 1)[0] as number;
      const found = spaces.map((space) => space.embeddingOf(state, id));
      for (const [i, vector] of found.entries()) vectors[i]?.push(vector);
    } catch (error) {
      if (!(error instanceof SemblanceError && error.code === 'COLLECTION_EMPTY')) throw error;
    }
  }
  return vectors;
}

/** Weights that sum to 1. */
export function normaliseWeights(weights: readonly number[]): number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/**
 * Weights by which each space's similarities have the same spread: the mean of standardised similarities
 * ranks as the mean of the similarities with these weights, because what is subtracted is the same for
 * every image.
 */
export function evenWeights(
  state: ReadableCollection,
  spaces: readonly EmbeddingSpace[],
): number[] {
  const spreads = sample(state, spaces).map(similaritySpread);
  // An encoder to which all images are alike changes no ranking, whatever its weight.
  return normaliseWeights(spreads.map((spread) => (spread > 1e-6 ? 1 / spread : 0) || 1));
}

/** A vector of length `length` in the same direction; one of zeros stays. */
export function scaled(vector: Float32Array, length: number): Float32Array {
  const square = dot(vector, vector);
  const factor = square > 0 ? length / Math.sqrt(square) : 0;
  return vector.map((value) => value * factor);
}
