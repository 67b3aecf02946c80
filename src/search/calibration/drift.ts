import { createHash } from 'node:crypto';
import { SemblanceError } from '../../domain/errors/error.ts';
import { randomFrom } from '../../domain/random.ts';
import { labelsOf } from '../../store/labelled-rows.ts';
import type { ReadableCollection } from '../../store/readable-collection.ts';
import type { Calibration } from './calibration.ts';

/** Images looked at to notice changes. */
const SAMPLE = 200;

function hashOf(store: ReadableCollection, id: number, field: string): string {
  const image = store.images.get(id);
  return createHash('sha256')
    .update(JSON.stringify([image.contentHash, labelsOf(image, field)]))
    .digest('hex')
    .slice(0, 8);
}

/** A sample of images as they are now. */
export function sampleOf(
  store: ReadableCollection,
  ids: Int32Array,
  field: string,
): Calibration['sample'] {
  const random = randomFrom(ids.length);
  const drawn = new Set<number>();
  while (drawn.size < Math.min(SAMPLE, ids.length)) {
    drawn.add(ids[Math.floor(random() * ids.length)] as number);
  }
  return [...drawn].map((id) => [id, hashOf(store, id, field)]);
}

/** Share of the images that have changed since a calibration was made: content or labels, gone or new. */
export function drift(store: ReadableCollection, calibration: Calibration): number {
  if (store.generation() === calibration.generation) return 0;
  const { sample, field, images } = calibration;
  const changed = sample.filter(([id, hash]) => {
    try {
      return hashOf(store, id, field) !== hash;
    } catch (error) {
      if (error instanceof SemblanceError && error.code === 'IMAGE_NOT_FOUND') return true;
      throw error;
    }
  });
  return Math.max(changed.length / sample.length, store.images.count() / images - 1);
}
