import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type Random, randomFrom } from '../src/domain/random.ts';
import { CollectionStore } from '../src/store/collection-store.ts';
import type { ImageWrite } from '../src/store/image-writer.ts';

/** Images of one transaction. */
const BATCH = 5000;
const MODALITIES = ['XR', 'CT', 'MR', 'US'];
const REGIONS = ['chest', 'abdomen', 'head', 'knee', 'hand', 'breast', 'thyroid', 'hip'];
const LABELS = 161;

/** A label, the first ones far more often than the last (Zipf). */
export function skewedLabel(random: Random): string {
  const n = Math.min(LABELS - 1, Math.floor(LABELS ** random() - 1));
  return `${MODALITIES[n % 4]}/${REGIONS[(n >> 2) % 8]}/finding_${n}`;
}

function described(n: number, random: Random): ImageWrite['description'] {
  const label = skewedLabel(random);
  const [modality = '', region = ''] = label.split('/');
  const other = random() < 0.2 ? [skewedLabel(random)] : [];
  return {
    path: `${modality}/${n % 977}/${n}.png`,
    patient: `p${n >> 3}`,
    study: `s${n >> 2}`,
    series: null,
    labels: [...new Set([label, ...other])],
    metadata: {
      modality,
      anatomic_region: region,
      dataset: `set ${Math.floor(random() * 4)}`,
      split: ['train', 'train', 'train', 'val', 'test'][Math.floor(random() * 5)] as string,
      year: String(2000 + Math.floor(25 * random() ** 0.5)),
      age: `${String(Math.floor(90 * random())).padStart(3, '0')}Y`,
    },
  };
}

/** Brings a made-up collection to so many images; what is there of it stays. */
export function growCollection(
  home: string,
  name: string,
  count: number,
  dimension: number,
  onProgress: (done: number) => void = () => undefined,
): void {
  const store = CollectionStore.open(join(home, `${name}.db`), { create: true });
  try {
    const source = store.sources.register('/bench');
    const encoder = store.encoders.register({
      name: 'made-up',
      fingerprint: `made-up ${dimension}`,
      dimension,
      definition: JSON.stringify({ name: 'made-up', model: { imported: true }, dimension }),
    });
    for (let start = store.images.count(); start < count; start += BATCH) {
      const random = randomFrom(start);
      const images = Array.from({ length: Math.min(BATCH, count - start) }, (_, i): ImageWrite => {
        const n = start + i;
        const vector = Float32Array.from({ length: dimension }, () => random() - 0.5);
        return {
          description: described(n, random),
          content: {
            contentHash: createHash('sha256').update(`${n}`).digest('hex'),
            bytes: 150_000,
            width: 512,
            height: 512,
            decoding: { format: 'PNG', bits: 8, colour: 'grey', orientation: 1, pages: 1 },
            perceptualHash: Math.floor(random() * 2 ** 48)
              .toString(16)
              .padStart(16, '0'),
          },
          embeddings: new Map([[encoder, vector]]),
        };
      });
      store.writer.write(source, images);
      onProgress(start + images.length);
    }
  } finally {
    store.close();
  }
}
