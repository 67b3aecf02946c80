// Ways to fuse encoders, measured on a data set in the study's layout:
//   npm run bench:fusion -- <folder with dataset.csv> <encoder> <encoder> [--home <folder>]
// Images of val, then of test, are searched among those of train; the choice is made on val, test is for
// the report. With --home the embeddings stay there for the next run.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Encoder } from '../src/encoding/encoders/encoder.ts';
import { findEncoder } from '../src/encoding/encoders/registry.ts';
import { indexImages } from '../src/indexing/index-images.ts';
import { readSource } from '../src/indexing/read-source.ts';
import { chooseEncoder } from '../src/search/choose-encoder.ts';
import { EncoderSpace } from '../src/search/encoder-space.ts';
import { evenWeights, scaled } from '../src/search/fusion.ts';
import type { CollectionStore } from '../src/store/collection-store.ts';
import { DataDirectory } from '../src/store/data-directory.ts';
import { precisionAtK } from '../src/study/evaluation/precision.ts';

const KS = [1, 3, 5, 10];
/** Constant of reciprocal rank fusion (Cormack, Clarke, Buettcher 2009). */
const RRF = 60;

/** Similarities of every query to every row, by encoder. */
type Similarities = Float32Array[];

/** The score of every row for a query, from its similarities by encoder. */
type Fusion = (bySpace: readonly Float32Array[]) => Float32Array;

function weighted(weights: readonly number[]): Fusion {
  return (bySpace) =>
    (bySpace[0] as Float32Array).map((_, row) =>
      bySpace.reduce((sum, list, i) => sum + (list[row] as number) * (weights[i] as number), 0),
    );
}

/** Rows by falling score; equal ones in their order. */
function ranking(scores: Float32Array): number[] {
  return Array.from(scores.keys()).sort(
    (a, b) => (scores[b] as number) - (scores[a] as number) || a - b,
  );
}

/** Over the whole ranking of each encoder, so no candidate can be missing. */
const reciprocalRanks: Fusion = (bySpace) => {
  const sum = new Float32Array((bySpace[0] as Float32Array).length);
  for (const list of bySpace) {
    ranking(list).forEach((row, rank) => {
      sum[row] = (sum[row] as number) + 1 / (RRF + rank + 1);
    });
  }
  return sum;
};

/** Standardised by the query's own similarities, in place of one spread for the collection. */
const byQuery: Fusion = (bySpace) => {
  const spreads = bySpace.map((list) => {
    const mean = list.reduce((sum, value) => sum + value, 0) / list.length;
    return Math.sqrt(list.reduce((sum, value) => sum + (value - mean) ** 2, 0) / list.length);
  });
  return weighted(spreads.map((spread) => 1 / spread))(bySpace);
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { home: { type: 'string' } },
});
const [folder, ...names] = positionals;
if (folder === undefined || names.length < 2) throw new Error('Name a folder and two encoders.');
const temporary = values.home === undefined ? mkdtempSync(join(tmpdir(), 'bench-fusion-')) : null;
const home = new DataDirectory(values.home ?? (temporary as string));
const store = home.open('default', { create: true });
try {
  const spaces: EncoderSpace[] = [];
  for (const name of names) {
    const encoder = await Encoder.load(await findEncoder(name, home.encodersFolder));
    await indexImages(store, encoder, await readSource(folder));
    await encoder.release();
    spaces.push(new EncoderSpace(chooseEncoder(store, encoder.name)));
  }
  report(store, spaces);
} finally {
  store.close();
  if (temporary !== null) rmSync(temporary, { recursive: true });
}

function report(state: CollectionStore, spaces: readonly EncoderSpace[]): void {
  const units = spaces.map(
    (space) => new Map([...space.embeddings(state)].map(([id, vector]) => [id, scaled(vector, 1)])),
  );
  const images = state.images.page();
  const of = (split: string) => images.filter(({ metadata }) => metadata.split === split);
  const rows = of('train');
  const compare = (queries: typeof rows): Similarities[] =>
    queries.map(({ id }) =>
      units.map((vectors) => {
        const query = vectors.get(id) as Float32Array;
        return Float32Array.from(rows, (row) => {
          const vector = vectors.get(row.id) as Float32Array;
          let sum = 0;
          for (let i = 0; i < query.length; i++)
            sum += (query[i] as number) * (vector[i] as number);
          return sum;
        });
      }),
    );
  const splits = (['val', 'test'] as const).map((split) => {
    const queries = of(split);
    return { split, queries, similarities: compare(queries) };
  });
  const even = evenWeights(state, spaces);
  const fusions: [string, Fusion][] = [
    ...spaces.map(({ name }, i): [string, Fusion] => [
      name,
      weighted(spaces.map((_, j) => +(i === j))),
    ]),
    ['mean of cosines', weighted(spaces.map(() => 1))],
    [`standardised (${even.map((w) => w.toFixed(3)).join(' : ')})`, weighted(even)],
    ['standardised by query', byQuery],
    ['reciprocal ranks', reciprocalRanks],
    ...(spaces.length === 2 ? [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] : []).map(
      (w): [string, Fusion] => [`weights ${w} : ${(1 - w).toFixed(1)}`, weighted([w, 1 - w])],
    ),
  ];
  const head = splits.map(({ split, queries }) => `${split} (${queries.length})`.padEnd(28));
  console.log(`precision@${KS.join(', ')}; ${rows.length} images of train`);
  console.log(`${''.padEnd(32)} ${head.join(' ')}`);
  for (const [name, fuse] of fusions) {
    const cells = splits.map(({ queries, similarities }) => {
      const judged = queries.map(({ labels }, q) => ({
        labels,
        neighbours: ranking(fuse(similarities[q] as Similarities))
          .slice(0, Math.max(...KS))
          .map((row) => rows[row]?.labels ?? []),
      }));
      return precisionAtK(judged, KS)
        .map(({ micro }) => micro.toFixed(3))
        .join('  ')
        .padEnd(28);
    });
    console.log(`${name.padEnd(32)} ${cells.join(' ')}`);
  }
}
