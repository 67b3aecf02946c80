import type { Image } from '../contract/shapes.ts';
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
