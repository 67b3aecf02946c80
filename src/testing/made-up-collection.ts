import { between, randomFrom } from '../domain/random.ts';
import { CollectionStore } from '../store/collection-store.ts';
import type { ImageWrite } from '../store/image-writer.ts';
import type { StoredEncoder } from '../store/records.ts';
import { described } from './described.ts';

/** The last axis is one that no image uses. */
export const DIMENSION = 16;
const CLASSES = ['round', 'square', 'oval', 'long'];

/** A made-up class's direction; classes lie unequally near each other. */
function centre(label: number): number[] {
  const random = randomFrom(100 + label);
  return Array.from({ length: DIMENSION }, () => between(random, -1, 1));
}

/** An embedding of a class, with more noise along the first axes, which tell nothing. */
export function madeUpVector(label: number, seed: number): Float32Array {
  const random = randomFrom(seed);
  const normal = () => random() + random() + random() + random() - 2;
  return Float32Array.from(centre(label), (value, i) =>
    i === DIMENSION - 1 ? 0 : value + (i < 3 ? 5 : 1.2) * normal(),
  );
}

export interface MadeUpOptions {
  /** Changes the label of an image before it is written. */
  relabel?: (label: number, split: string, image: number) => number;
  /** Whether the images have parts train, val and test. */
  parted?: boolean;
  patients?: number;
}

/**
 * A collection of made-up embeddings as if imported: two images of each patient, of four labels, in
 * the parts train, val and test (three to one to one).
 */
export function madeUpCollection(
  file: string,
  { relabel = (label) => label, parted = true, patients = 300 }: MadeUpOptions = {},
): { store: CollectionStore; encoder: StoredEncoder } {
  const store = CollectionStore.open(file, { create: true });
  const id = store.encoders.register({
    name: 'made-up',
    fingerprint: 'made-up',
    dimension: DIMENSION,
    definition: JSON.stringify({ name: 'made-up', model: { imported: true, file: '' } }),
  });
  const writes = Array.from({ length: 2 * patients }, (_, i): ImageWrite => {
    const patient = Math.floor(i / 2);
    const split = ['train', 'train', 'train', 'val', 'test'][patient % 5] as string;
    const label = Math.floor(patient / 5) % CLASSES.length;
    return {
      description: described(`${i}.png`, {
        patient: `p${patient}`,
        labels: [CLASSES[relabel(label, split, i)] as string],
        metadata: parted ? { split } : {},
      }),
      embeddings: new Map([[id, madeUpVector(label, i)]]),
    };
  });
  store.writer.write(store.sources.register('/nowhere'), writes);
  const encoder = store.encoders.list().find((each) => each.id === id) as StoredEncoder;
  return { store, encoder };
}
