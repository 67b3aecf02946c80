import { html } from 'hono/html';
import { INTERVAL_LEVEL } from '../../../domain/statistics/bootstrap.ts';
import { PERMUTATIONS } from '../../../domain/statistics/paired-test.ts';
import { ENTRIES } from '../../analyses/registry.ts';
import { STUDY_PROBE } from '../../evaluation/linear-probe.ts';
import { STUDY } from '../../evaluation/protocol.ts';
import { PROBABILITIES, probabilitiesOf, programVersion } from '../facts.ts';
import type { Outcome } from '../outcome.ts';
import { count, percent } from './numbers.ts';
import { folded, type Section, tableOf } from './page.ts';

/** Lines of a list that are read in the page; `results.json` has all. */
const SHOWN = 200;

/** What was left out, and why. */
export function exclusionSection(outcome: Outcome): Section {
  const { excluded, failed, warnings } = outcome;
  const byCode = new Map<string, typeof excluded>();
  for (const one of excluded) {
    const key = `${one.code}: ${one.title}`;
    byCode.set(key, [...(byCode.get(key) ?? []), one]);
  }
  const content = html`
${warnings.length + failed.length === 0 ? html`<p>There are no warnings.</p>` : html``}
${warnings.length > 0 ? html`<div class="note"><ul>${warnings.map((text) => html`<li>${text}</li>`)}</ul></div>` : html``}
${
  failed.length > 0
    ? tableOf(
        'Encoders without figures',
        ['Encoder', 'Error', 'Detail', 'What to do'],
        failed.map(({ name, error }) => [
          name,
          error.code,
          `${error.subject === null ? '' : `${error.subject}: `}${error.detail}`,
          error.advice,
        ]),
      )
    : html``
}
<p>${excluded.length === 0 ? 'Nothing was left out.' : `${count(excluded.length)} rows, images or classes were left out, for every encoder alike:`}</p>
${[...byCode].map(([title, list]) =>
  folded(
    `${title} (${count(list.length)})`,
    tableOf(
      list.length > SHOWN ? `The first ${SHOWN}; results.json has all.` : (list[0]?.advice ?? ''),
      ['What', 'Why', 'Found with'],
      list
        .slice(0, SHOWN)
        .map(({ subject, detail, encoder }) => [subject ?? '', detail, encoder ?? 'the CSV']),
    ),
  ),
)}`;
  return { id: 'exclusions', title: 'Warnings and exclusions', content };
}

/** Every choice that the figures depend on. */
export function methodSection(outcome: Outcome): Section {
  const { config, protocol, k, data, encoders } = outcome;
  const analyses = config.analyses.join(', ');
  const probabilities = probabilitiesOf(config, data.splits.test, data.labels.length);
  const choices: [string, string][] = [
    ['Program', `Semblance ${programVersion()}`],
    ['Protocol', protocol === 'corrected' ? 'corrected (the default)' : 'as published'],
    ['CSVs', data.csv.join(', ')],
    ['SHA-256 of the images used, with all that the CSVs say of them', data.sha256],
    ['Index', `${count(data.splits.train)} images of train`],
    [
      'Queries',
      `${count(data.splits.test)} of test for every figure; ${count(data.splits.val)} of val to choose k and to stop the probe`,
    ],
    [
      'Similarity',
      'cosine, exact; of equal similarities the earlier row of the CSV comes first. Given neighbours are used as they are',
    ],
    ['Neighbours searched', String(config.neighbours)],
    ['k of the ranking and of the analyses', String(k)],
    [
      'Same images',
      'an image that one encoder has no embedding of is left out for all, so that all are compared on the same queries and the same index',
    ],
    [
      'Precision at k',
      protocol === 'corrected'
        ? 'hits among the first k by k'
        : 'hits among the first n by n, n = min(k, images of the class in the index)',
    ],
    [
      'Intervals',
      `${percent(INTERVAL_LEVEL)}, percentile bootstrap of ${count(config.replicates)} draws of patients with all their images; an image of an unknown patient is drawn alone`,
    ],
    [
      'Tests',
      `sign flips by patient, two-sided, at most ${count(PERMUTATIONS)} random ones or all possible; Holm over all pairs`,
    ],
    [
      'kNN classification',
      'share of the k nearest with each label; k with the best micro F1 on val',
    ],
    [
      'Linear probe',
      config.linearProbe
        ? `softmax regression on embeddings of length 1; AdamW, learning rate ${STUDY_PROBE.learningRate}, weight decay ${STUDY_PROBE.weightDecay}, betas ${STUDY_PROBE.beta1} and ${STUDY_PROBE.beta2}, batches of ${STUDY_PROBE.batch}, at most ${STUDY_PROBE.epochs} epochs, patience ${STUDY_PROBE.patience} on the accuracy on val, first weights N(0, ${STUDY_PROBE.initialDeviation})`
        : 'not asked for',
    ],
    [
      'Probabilities of each test image',
      probabilities.written ? `in ${PROBABILITIES} of each encoder` : 'not written',
    ],
    ['Analyses', analyses === '' ? 'none' : analyses],
    ...ENTRIES.flatMap(([, { method }]) => (method === undefined ? [] : [method(config)])),
    ['Seed', `${config.seed} for every random number`],
    [
      'Threads',
      'the number of threads is no part of the figures; the last digit of an embedding may depend on it and on the processor',
    ],
  ];
  const content = html`
${tableOf('Choices', ['What', 'How'], choices)}
<h3>Encoders</h3>
${tableOf(
  'What the encoders are',
  ['Encoder', 'From', 'Title', 'Licence', 'Dimension', 'Bytes per image', 'Hashes (SHA-256)'],
  encoders.map(({ name, from, title, licence, dimension, files, fingerprint, sha256 }) => [
    name,
    from === 'images' ? 'images, encoded here' : `${from}: ${files.join(', ')}`,
    title ?? '–',
    licence ?? '–',
    dimension ?? '–',
    dimension === null ? '–' : count(4 * dimension),
    [
      fingerprint === null ? '' : `encoder ${fingerprint}`,
      sha256.images === null ? '' : `images ${sha256.images}`,
      sha256.embeddings === null ? '' : `embeddings ${sha256.embeddings}`,
      sha256.neighbours === null ? '' : `knn.csv ${sha256.neighbours}`,
    ]
      .filter((text) => text !== '')
      .join('; '),
  ]),
)}
<h3>Data</h3>
${folded(
  `Images of each of ${data.labels.length} classes`,
  tableOf(
    'Images that were used',
    ['Class', 'train', 'val', 'test'],
    data.labels.map(({ label, train, val, test }) => [
      label,
      count(train),
      count(val),
      count(test),
    ]),
  ),
)}
<p class="soft">Protocol after ${STUDY.citation}. Figures as data: results.json. Cost: cost.html, apart from this page,
because times differ with each run and this page is the same for the same seed.</p>`;
  return { id: 'methods', title: 'Methods', content };
}
