import type { PacsPreview } from '../../../../src/contract/pacs.ts';
import { shortCode } from '../identity.ts';
import { number } from './figures.ts';

const STOPPED = {
  studies: 'There are more: it was counted no further. All of them are indexed.',
  time: 'There may be more: the archive lists them slowly. All of them are indexed.',
} as const;

/** What indexing would take. */
export function Preview({ counted }: { counted: PacsPreview }) {
  const { studies, series, instances, untold, dates, undated, known, stopped } = counted;
  const more = stopped === null ? '' : '+';
  const counts = [
    ['Studies', studies, 0],
    ['Series', series, untold.series],
    ['Images', instances, untold.instances],
  ] as const;
  return (
    <section className="preview" aria-labelledby="preview-head" data-testid="preview">
      <h3 id="preview-head">What would be indexed</h3>
      {studies === 0 ? (
        <p>
          The archive has no study of those that were asked for. Choose other days or another
          modality, or leave the fields empty for all.
        </p>
      ) : (
        <>
          <dl className="figures">
            {counts.map(([name, count, missing]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd data-testid={`preview-${name.toLowerCase()}`}>
                  {missing === studies ? 'not told' : number(count) + more}
                </dd>
                {missing > 0 && missing < studies && (
                  <dd className="muted fine">and those of {number(missing)} studies</dd>
                )}
              </div>
            ))}
            <div>
              <dt>In the collection already</dt>
              <dd data-testid="preview-known">{number(known.images)}</dd>
              <dd className="muted fine">
                of {number(known.studies)} {known.studies === 1 ? 'study' : 'studies'}
              </dd>
            </div>
          </dl>
          {stopped !== null && <p data-testid="preview-stopped">{STOPPED[stopped]}</p>}
          <p className="muted">
            {dates === null
              ? 'The archive does not tell the days of the studies.'
              : `From ${dates.first} to ${dates.last}.`}
            {dates !== null && undated > 0 && ` ${number(undated)} without a day.`}
          </p>
          {counted.modalities.length > 0 && (
            <ul className="preview-kinds" aria-label="Studies by modality">
              {counted.modalities.map((each) => (
                <li key={each.modality} className="label-count">
                  <b>{number(each.studies)}</b> {each.modality}
                </li>
              ))}
            </ul>
          )}
          <Examples examples={counted.examples} />
        </>
      )}
    </section>
  );
}

function Examples({ examples }: { examples: PacsPreview['examples'] }) {
  return (
    <details>
      <summary>The first of them, by pseudonyms</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what is wider than a phone is scrolled by keys, too */}
      <section className="table-frame" aria-label="The first studies" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">Patient</th>
              <th scope="col">Study</th>
              <th scope="col">Year</th>
              <th scope="col">Modality</th>
              <th scope="col">Images</th>
              <th scope="col">Known</th>
            </tr>
          </thead>
          <tbody>
            {examples.map((each) => (
              <tr key={each.study}>
                <td>{each.patient === null ? '–' : shortCode(each.patient)}</td>
                <td>{shortCode(each.study)}</td>
                <td>{each.year ?? '–'}</td>
                <td>{each.modalities.join(', ') || '–'}</td>
                <td>{each.instances === null ? '–' : number(each.instances)}</td>
                <td>{number(each.known)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}
