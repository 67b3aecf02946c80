import { html } from 'hono/html';
import { z } from 'zod';
import { count, estimate, figure } from '../../benchmark/report/numbers.ts';
import { type Html, tableOf } from '../../benchmark/report/page.ts';
import { analysis, eachFigure, type Reported, reasonsOf } from '../analysis.ts';
import type { Context } from '../context.ts';
import { Count, EstimateSchema } from '../shapes.ts';
import { patientLeak as measureLeak } from './patient-leak.ts';

const schema = z
  .strictObject({
    k: Count,
    queries: Count,
    unknown: Count,
    withOwnPatient: Count,
    firstOfSamePatient: z.number(),
    precision: EstimateSchema,
    withoutOwnPatient: EstimateSchema,
    short: Count,
  })
  .nullable();
type Figure = z.infer<typeof schema>;

function run({ retrieved, experiment, labels, k, bootstrap }: Context): Figure {
  return measureLeak(
    retrieved.test.neighbours,
    { queries: experiment.test.images, index: experiment.train.images },
    labels,
    { k, ...bootstrap },
  );
}

function content(report: Reported<Figure>): Html {
  const { k } = report;

  return html`<p>Another picture of the same patient is an easy hit that a new patient would not offer. Precision at
${k} with every neighbour, and when the query's own patient is left out of the index.</p>
${tableOf(
  'Own patients in the index',
  [
    'Encoder',
    'Queries',
    'Unknown',
    'Patient in index',
    'Nearest is same',
    'Precision',
    'Without own',
  ],
  eachFigure(report, (leak, name) =>
    leak === null
      ? [[name, 0, count(report.unknownPatients), '–', '–', '–', '–']]
      : [
          [
            name,
            count(leak.queries),
            count(leak.unknown),
            count(leak.withOwnPatient),
            figure(leak.firstOfSamePatient),
            estimate(leak.precision),
            estimate(leak.withoutOwnPatient),
          ],
        ],
  ),
)}${reasonsOf(report)}`;
}

/** What images of the query's own patient in the index do. */
export const patientLeak = analysis({
  id: 'patient-leak',
  version: 1,
  schema,
  run,
  section: { id: 'leak', title: 'Same patient', place: 90, content },
});
