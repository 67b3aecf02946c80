// Feedback in rounds, simulated: for each image of the split val, the ten best results of the split
// train are marked by whether they share its label, and the search is repeated with the marks. Precision
// at 10 among what was not marked yet, so that a round is not praised for what it was told:
//   npm run bench:feedback -- path/to/home collection [queries]

import type { FeedbackMethod, QueryPart } from '../src/domain/query.ts';
import { valueClause } from '../src/domain/search-language/filter.ts';
import { PreprocessPool } from '../src/encoding/preprocess/pool.ts';
import { chooseEncoder } from '../src/search/choose-encoder.ts';
import { EncoderSpace } from '../src/search/encoder-space.ts';
import { Searcher } from '../src/search/searcher.ts';
import { DataDirectory } from '../src/store/data-directory.ts';

const K = 10;
const ROUNDS = 3;
const [home, name = 'default', wanted = '300'] = process.argv.slice(2);
const row = (...cells: (string | number)[]) => console.log(`| ${cells.join(' | ')} |`);

const store = new DataDirectory(home).open(name);
const encoder = chooseEncoder(store);
const searcher = new Searcher(store, new EncoderSpace(encoder), new PreprocessPool());
const filter = [valueClause('split', 'train')];
const all = store.images.page({ filter: [valueClause('split', 'val')] });
const step = Math.max(1, Math.floor(all.length / Number(wanted)));
const queries = all.filter((_, i) => i % step === 0);

/** What a user does with marks: none, only the good ones, or both, by either method. */
const WAYS: Record<string, { roles: ('more' | 'less')[]; feedback?: FeedbackMethod }> = {
  'no marks: the next results': { roles: [] },
  'Rocchio, relevant marks only': { roles: ['more'] },
  Rocchio: { roles: ['more', 'less'] },
  'logistic model': { roles: ['more', 'less'], feedback: 'logistic' },
};
row(
  'method',
  ...Array.from({ length: ROUNDS + 1 }, (_, i) => (i === 0 ? 'at first' : `round ${i}`)),
);
row(...Array.from({ length: ROUNDS + 2 }, () => '---'));
for (const [way, { roles, feedback }] of Object.entries(WAYS)) {
  const sums = new Array<number>(ROUNDS + 1).fill(0);
  for (const query of queries) {
    const marks = new Map<number, 'more' | 'less'>();
    for (let round = 0; round <= ROUNDS; round++) {
      const parts: QueryPart[] = [{ kind: 'image', id: query.id }];
      for (const [id, role] of marks)
        if (roles.includes(role)) parts.push({ kind: 'image', id, role });
      const model = feedback === 'logistic' && parts.some(({ role }) => role === 'less');
      const { neighbours } = await searcher.search(parts, {
        k: K + marks.size,
        filter,
        exclude: ['patient'],
        feedback: model ? 'logistic' : 'rocchio',
      });
      const fresh = neighbours.filter(({ image }) => !marks.has(image.id)).slice(0, K);
      const good = (labels: readonly string[]) =>
        labels.some((each) => query.labels.includes(each));
      const right = fresh.filter(({ image }) => good(image.labels)).length;
      sums[round] = (sums[round] as number) + right / K / queries.length;
      for (const { image } of fresh) marks.set(image.id, good(image.labels) ? 'more' : 'less');
    }
  }
  row(way, ...sums.map((sum) => sum.toFixed(3)));
}
console.log(`\n${queries.length} queries, encoder ${encoder.name}`);
store.close();
await searcher.release();
