import type { SearchResult } from '../../../src/contract/shapes.ts';

/**
 * What the calibration says of an answer: whether there is a good match, and if it can be relied on.
 * @param by the encoder that it is of, where there are two
 */
export function VerdictBox({
  verdict,
  calibration,
  by,
}: Pick<SearchResult, 'verdict' | 'calibration'> & { by: string | null }) {
  if (calibration === null) return null;
  const { field, measuredOn, coverage, measuredError, stale, changed } = calibration;
  const measured =
    measuredError === null
      ? null
      : `Measured on ${measuredOn.toLocaleString('en')} of the collection's own pictures: ` +
        `${percent(coverage)} had a good match; of these, the nearest image of ` +
        `${percent(measuredError)} had another ${field}.`;
  return (
    <>
      {verdict && (
        <section
          className={verdict.good ? 'verdict' : 'verdict none'}
          data-testid="verdict"
          data-good={verdict.good}
        >
          <h2>
            {verdict.good ? 'Good match' : 'No good match'}
            {by !== null && ` by ${by}`}
          </h2>
          <p>
            {verdict.reason}
            {!verdict.good && ' The nearest images are shown all the same.'}
          </p>
          {measured && <p className="fine">{measured}</p>}
        </section>
      )}
      {stale && (
        <p className="verdict-stale" data-testid="calibration-stale">
          {percent(changed)} of the images have changed since the calibration: its numbers may be
          off until it is made again.
        </p>
      )}
    </>
  );
}

/** What the probability of a neighbour is, and what it was measured on. */
export function probabilityTitle(calibration: NonNullable<SearchResult['calibration']>): string {
  const { field, measuredOn, expectedCalibrationError } = calibration;
  return (
    `Of neighbours like this one, so many have the query's ${field}. ` +
    `Measured on ${measuredOn} of the collection's own pictures, where it was off by ` +
    `${percent(expectedCalibrationError)} on average. Not a diagnosis.`
  );
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
