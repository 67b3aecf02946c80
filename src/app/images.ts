import type { Image, ImageDetails } from '../contract/shapes.ts';
import type { CollectionStore } from '../store/collection-store.ts';
import type { ImageRecord } from '../store/records.ts';

/** An image of the store in the shape in which it leaves the program. */
export function toImage(record: ImageRecord): Image {
  return {
    ...record,
    labels: [...record.labels],
    metadata: { ...record.metadata },
    decoding:
      record.decoding && (Object.fromEntries(Object.entries(record.decoding)) as Image['decoding']),
  };
}

/** An image with how each encoder saw it that saw another picture of it. @throws SemblanceError IMAGE_NOT_FOUND */
export function imageDetails(store: CollectionStore, id: number): ImageDetails {
  const seen = store.encoders.list().flatMap(({ id: encoder, name }) => {
    const decoding = store.embeddings.seen(encoder, id);
    return decoding === null ? [] : [{ encoder: name, decoding: { ...decoding } }];
  });
  return { ...toImage(store.images.get(id)), seen };
}
