import type { Random } from '../src/domain/random.ts';
import { skewedLabel } from './served-collection.ts';

/** @throws Error when it is refused */
export async function ask(address: string, init?: RequestInit): Promise<string> {
  const response = await fetch(address, init);
  const body = await response.text();
  if (!response.ok) throw new Error(`${address}: ${response.status} ${body}`);
  return body;
}

/** One kind of request, with chance, so that nothing kept of an earlier one answers it alone. */
export type Kind = (url: string, random: Random) => Promise<unknown>;

/**
 * The kinds of requests to a collection.
 * @param count its images
 * @param isMadeUp whether it is one of `growCollection`; of another, what its fields allow is asked
 */
export function servedRequests(collection: string, count: number, isMadeUp: boolean) {
  function search(query: (random: Random) => object): Kind {
    return (url, random) => {
      const form = new FormData();
      const image = 1 + Math.floor(random() * count);
      form.set('query', JSON.stringify({ parts: [{ image }], k: 20, ...query(random) }));
      return ask(`${url}api/collections/${collection}/search`, { method: 'POST', body: form });
    };
  }

  const anything = search(() => ({}));

  function get(path: (random: Random) => string): Kind {
    return (url, random) => ask(`${url}api/collections/${collection}/${path(random)}`);
  }

  const where = (text: string) => `where=${encodeURIComponent(text)}`;
  const patient = (random: Random) => `p${Math.floor((random() * count) / 8)}`;
  const narrow = (random: Random) => `label:${skewedLabel(random)} split:test`;
  const broad = (random: Random) => `-label:${skewedLabel(random)} -split:val`;
  const compared = (random: Random) =>
    `age>${Math.floor(20 + 40 * random())} year<=${2005 + Math.floor(15 * random())}`;

  /** Values of a field, in a collection that is not made up. */
  const known = new Map<string, string[]>();
  const drawn = (field: string, random: Random) => {
    const all = known.get(field) ?? [];
    return JSON.stringify(all[Math.floor(all.length * random() ** 2)] ?? '');
  };
  const ofLabel = (random: Random) => `label:${drawn('label', random)}`;

  /** What is asked of a collection that is there, by the fields that it must have. */
  const OTHERS: [fields: string[], name: string, kind: Kind][] = [
    [[], 'search, no filter', search(() => ({}))],
    [
      ['label', 'split'],
      'search, one label of one split',
      search((random) => ({ where: `${ofLabel(random)} split:${drawn('split', random)}` })),
    ],
    [
      ['label', 'split'],
      'search, all but a label',
      search((random) => ({ where: `-${ofLabel(random)} -split:${drawn('split', random)}` })),
    ],
    [['patient'], 'search, other patients only', search(() => ({ exclude: ['patient'] }))],
    [['patient'], 'search, best of each patient', search(() => ({ groupBy: 'patient' }))],
    [[], 'facets, no filter', get(() => 'facets')],
    [['label'], 'facets, a label', get((random) => `facets?${where(ofLabel(random))}`)],
    [[], 'list, first page', get(() => 'images')],
    [
      [],
      'list, anywhere',
      get((random) => `images?offset=${Math.floor(random() * (count - 100))}`),
    ],
    [
      ['label'],
      'list, filtered, anywhere',
      get(
        (random) =>
          `images?${where(`-${ofLabel(random)}`)}&offset=${Math.floor((random() * count) / 4)}`,
      ),
    ],
    [[], 'one image', get((random) => `images/${1 + Math.floor(random() * count)}`)],
    [[], 'all collections', (url) => ask(`${url}api/collections`)],
  ];

  const KINDS: Record<string, Kind> = {
    'search, no filter': search(() => ({})),
    'search, one label of one split': search((random) => ({ where: narrow(random) })),
    'search, all but a label': search((random) => ({ where: broad(random) })),
    'search, age and year': search((random) => ({ where: compared(random) })),
    'search, a patient': search((random) => ({ where: `patient:${patient(random)}` })),
    'search, part of a finding': search((random) => ({
      where: `finding:"*${Math.floor(random() * 99)}"`,
    })),
    'search, same filter again': search(() => ({ where: 'modality:CT split:train' })),
    'search, other patients only': search(() => ({ exclude: ['patient'] })),
    'search, best of each patient': search(() => ({ groupBy: 'patient' })),
    'facets, no filter': get(() => 'facets'),
    'facets, a label': get((random) => `facets?${where(`label:${skewedLabel(random)}`)}`),
    'facets, several fields': get(
      (random) => `facets?${where(`${broad(random)} ${compared(random)}`)}`,
    ),
    'list, first page': get(() => 'images'),
    'list, anywhere': get((random) => `images?offset=${Math.floor(random() * (count - 100))}`),
    'list, filtered, anywhere': get(
      (random) => `images?${where(broad(random))}&offset=${Math.floor((random() * count) / 4)}`,
    ),
    'list, a patient': get((random) => `images?${where(`patient:${patient(random)}`)}`),
    'one image': get((random) => `images/${1 + Math.floor(random() * count)}`),
    'images without an embedding': get(() => 'missing-embeddings'),
    'all collections': (url) => ask(`${url}api/collections`),
  };

  const kindsOf = async (url: string): Promise<Record<string, Kind>> => {
    if (isMadeUp) return KINDS;
    const found = JSON.parse(await ask(`${url}api/collections/${collection}/facets`)) as {
      facets: { field: string; values: { value: string }[] }[];
    };
    for (const { field, values } of found.facets) {
      known.set(
        field,
        values.map(({ value }) => value),
      );
    }
    const possible = OTHERS.filter(([fields]) => fields.every((field) => known.has(field)));
    return Object.fromEntries(possible.map(([, name, kind]) => [name, kind]));
  };
  return { anything, kindsOf };
}
