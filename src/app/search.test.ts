import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { addSearchCommand } from '../cli/commands/search.ts';
import { type SearchQuery, type SearchResult, SearchResultSchema } from '../contract/shapes.ts';
import { runCommand } from '../testing/run-command.ts';
import { searchForm } from '../testing/search-form.ts';
import { smallDoors } from '../testing/small-home.ts';

const { home, semblance, app, close } = await smallDoors();
afterAll(close);

const TIMES = { encode: 0, search: 0 };
/** An answer as it arrives, without what differs each time. */
function timeless(answer: unknown): SearchResult {
  const { comparison, ...result }: SearchResult = JSON.parse(JSON.stringify(answer));
  return {
    ...result,
    milliseconds: TIMES,
    ...(comparison && { comparison: { ...comparison, milliseconds: TIMES } }),
  };
}

const region = { x: 4, y: 6, width: 30, height: 20 };
/** A search, how the command is asked for it, and the pictures that come with it, by number. */
type Case = [name: string, query: SearchQuery, args: (string | number)[], pictures?: number[]];
const CASES: Case[] = [
  ['an image', { parts: [{ image: 3 }], k: 5 }, ['--image', 3, '-k', 5]],
  ['a file', { parts: [{ file: 0 }], k: 5 }, ['-k', 5], [6]],
  ['a region', { parts: [{ file: 0, region }], k: 5 }, ['-k', 5, '--region', '4,6,30,20'], [6]],
  [
    'a region of an image',
    { parts: [{ image: 3, region }] },
    ['--image', 3, '--region', '4,6,30,20', '-k', 24],
  ],
  [
    'several files, one of them unlike',
    { parts: [{ file: 0 }, { file: 1 }, { file: 2, role: 'less' }], k: 5 },
    ['-k', 5],
    [1, 2, 3],
  ],
  [
    'series by an image, which stands for itself',
    { parts: [{ image: 3 }], level: 'series', k: 5 },
    ['--level', 'series', '--image', 3, '-k', 5],
  ],
  [
    'studies by files',
    { parts: [{ file: 0 }, { file: 1 }], level: 'study', k: 5, exclude: ['patient'] },
    ['--level', 'study', '-k', 5, '--exclude', 'patient'],
    [1, 2],
  ],
  [
    'marks',
    { parts: [{ image: 3 }, { image: 5, role: 'more' }, { image: 9, role: 'less' }], k: 5 },
    ['--image', 3, '--more', 5, '--less', 9, '-k', 5],
  ],
  [
    'a model of marks',
    {
      parts: [{ image: 3 }, { image: 9, role: 'less' }],
      feedback: 'logistic',
      k: 5,
    },
    ['--image', 3, '--less', 9, '--feedback', 'logistic', '-k', 5],
  ],
  [
    'two encoders',
    { parts: [{ image: 3 }], encoder: 'baseline', compare: 'fragile', k: 5 },
    ['--image', 3, '--compare', 'baseline,fragile', '-k', 5],
  ],
  [
    'filters',
    {
      parts: [{ image: 3 }],
      filter: ['modality=XR', 'modality=CT'],
      where: 'year>2013 -patient:p4',
    },
    [
      '--image',
      3,
      '-f',
      'modality=XR',
      '-f',
      'modality=CT',
      '-w',
      'year>2013 -patient:p4',
      '-k',
      24,
    ],
  ],
  [
    'groups without the own patient, diversified',
    { parts: [{ image: 3 }], exclude: ['patient'], groupBy: 'patient', diversify: 0.5, k: 4 },
    ['--image', 3, '--exclude', 'patient', '--group-by', 'patient', '--diversify', 0.5, '-k', 4],
  ],
];

describe('a search', () => {
  it.each(CASES)(
    'answers the same through every door: %s',
    async (name, query, args, used = []) => {
      const paths = used.map(home.picture);
      const files = paths.map((path) => readFileSync(path));
      const answer = await semblance.search.search({}, { collection: 'test', files, ...query });
      // All that leaves is in the contract, and nothing is missing there.
      expect(SearchResultSchema.parse(answer)).toEqual(answer);
      expect(answer.neighbours.length).toBeGreaterThan(0);
      expect('comparison' in answer).toBe(query.compare !== undefined);

      const body = searchForm(query, ...files);
      const response = await app.request('/api/collections/test/search', { method: 'POST', body });
      expect(timeless(await response.json())).toEqual(timeless(answer));

      const [pictures, not] = name.endsWith('unlike')
        ? [paths.slice(0, -1), paths.slice(-1)]
        : [paths, []];
      const options = ['-c', 'test', ...args, ...not.flatMap((path) => ['--not', path])];
      const printed = await runCommand(
        addSearchCommand,
        home.path,
        [...pictures, ...options].map(String),
      );
      expect(timeless(printed)).toEqual(timeless(answer));
    },
  );

  it('gives the whole answer of the encoder to compare with', async () => {
    const asked = { collection: 'test', parts: [{ image: 3 }], k: 5 };
    const { comparison } = await semblance.search.search({}, { ...asked, compare: 'fragile' });
    const { ranks, otherRanks, shared, ...other } = comparison ?? expect.fail();
    const alone = await semblance.search.search({}, { ...asked, encoder: 'fragile' });
    expect(timeless({ collection: 'test', ...other })).toEqual(timeless(alone));
    expect([ranks.length, otherRanks.length]).toEqual([5, 5]);
    expect(ranks.filter((rank) => rank !== null)).toHaveLength(shared);
    expect(otherRanks.filter((rank) => rank !== null)).toHaveLength(shared);
  });

  it('tells the size of files', async () => {
    const { query } = await semblance.search.search(
      {},
      { collection: 'test', parts: [{ image: 1 }] },
    );
    expect(query?.bytes).toBe(readFileSync(home.picture(0)).length);
  });

  it('is given up when nobody waits for it', async () => {
    const signal = AbortSignal.abort(new Error('gone'));
    const asked = { collection: 'test', parts: [{ image: 3 }] };
    await expect(semblance.search.search({ signal }, asked)).rejects.toThrow('gone');
  });

  it.each([
    ['COLLECTION_NOT_FOUND', { collection: 'absent' }],
    ['ENCODER_NOT_FOUND', { encoder: 'absent' }],
    ['ENCODER_NOT_FOUND', { compare: 'absent' }],
    ['IMAGE_NOT_FOUND', { parts: [{ image: 99 }] }],
    ['REQUEST_INVALID', { parts: [{ file: 0 }] }],
    ['QUERY_INVALID', { where: 'colour:red' }],
    ['TEXT_NOT_SUPPORTED', { parts: [{ text: 'effusion' }] }],
  ])('has a code for what it cannot do: %s %j', async (code, more) => {
    const asked = { collection: 'test', parts: [{ image: 3 }], ...more };
    const answer = semblance.search.search({}, asked);
    await expect(answer).rejects.toMatchObject({ code });
  });
});
