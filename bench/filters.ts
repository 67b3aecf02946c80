// Filters and facets of a collection of 200,000 made-up images, each query beside its count:
//   npm run bench:filters [-- images]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CollectionStore } from '../src/store/collection-store.ts';

const count = Number(process.argv[2] ?? 200_000);
const folder = mkdtempSync(join(tmpdir(), 'semblance-filters-'));
const row = (...cells: (string | number)[]) => console.log(`| ${cells.join(' | ')} |`);

/** Best of five, in milliseconds. */
function best(work: () => unknown): string {
  const times = Array.from({ length: 5 }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
  return Math.min(...times).toFixed(1);
}

try {
  const store = CollectionStore.open(join(folder, 'bench.db'), { create: true });
  const source = store.sources.register('/bench');
  const modalities = ['XR', 'CT', 'MR', 'US'];
  const regions = ['chest', 'abdomen', 'head', 'knee', 'hand', 'breast', 'thyroid', 'hip'];
  for (let start = 0; start < count; start += 10_000) {
    const images = Array.from({ length: Math.min(10_000, count - start) }, (_, i) => {
      const n = start + i;
      const modality = modalities[n % 4] as string;
      const region = regions[(n >> 2) % 8] as string;
      return {
        description: {
          path: `${n}.png`,
          patient: `p${n >> 2}`,
          study: `s${n >> 1}`,
          series: null,
          labels: [`${modality}/${region}/finding_${n % 13}`],
          metadata: {
            modality,
            anatomic_region: region,
            split: n % 5 === 0 ? 'test' : 'train',
            year: String(2000 + (n % 25)),
          },
        },
        embeddings: new Map(),
      };
    });
    store.writer.write(source, images);
  }
  row('query', 'images found', 'ids, ms', 'count, ms', 'facets, ms');
  row('---', '---', '---', '---', '---');
  for (const query of [
    '',
    'patient:p77',
    'modality:CT',
    'modality:ct,mr',
    'finding:"finding 7"',
    'label:XR/chest/*',
    'modality:CT finding:"finding 7" -region:knee year>2019',
  ]) {
    const filter = store.fields.where(query);
    row(
      query || '(none)',
      store.images.count(filter),
      best(() => store.images.idsWhere(filter)),
      best(() => store.images.count(filter)),
      best(() => store.fields.facets(filter)),
    );
  }
  store.close();
} finally {
  rmSync(folder, { recursive: true });
}
