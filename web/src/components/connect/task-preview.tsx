import type { TaskPreview as Counted } from '../../../../src/contract/tasks.ts';
import { ownName } from '../../state/sending.ts';
import { count, number, size } from './figures.ts';

/** What a task would do, before it begins. */
export function TaskPreview({ counted, verb }: { counted: Counted; verb: string }) {
  const { images, known, bytes, leftOut, examples, failures, notes } = counted;
  return (
    <section className="preview" aria-labelledby="preview-head" data-testid="preview">
      <h3 id="preview-head">What would be done</h3>
      {images !== null && (
        <dl className="figures">
          <div>
            <dt>{`Images that are ${verb}`}</dt>
            <dd data-testid="preview-images">{number(images)}</dd>
          </div>
          {known !== null && (
            <div>
              <dt>Of those, known already</dt>
              <dd data-testid="preview-known">{number(known)}</dd>
            </div>
          )}
          {bytes !== null && (
            <div>
              <dt>Of the disk</dt>
              <dd>{size(bytes)}</dd>
            </div>
          )}
        </dl>
      )}
      {leftOut.length > 0 && (
        <p className="muted" data-testid="preview-left-out">
          Left out: {leftOut.map((each) => `${number(each.count)} × ${each.kind}`).join(', ')}.
        </p>
      )}
      {failures.length > 0 && (
        <>
          <p>{count(failures.length, 'file', 'files')} or more cannot be taken:</p>
          <FailureList failures={failures} />
        </>
      )}
      {notes.length > 0 && (
        <ul className="plain" data-testid="preview-notes">
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      {examples.length > 0 && (
        <details>
          <summary>The first of them</summary>
          <ul className="paths">
            {examples.map((path) => (
              <li key={path}>
                <code>{path}</code>
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

/** Files that are not taken, with reasons. */
export function FailureList({ failures }: { failures: Counted['failures'] }) {
  return (
    <ul className="failures" data-testid="failures">
      {failures.map((each) => (
        <li key={`${each.subject} ${each.code}`}>
          <span>{each.title}</span>
          <span className="muted fine">{each.detail}</span>
          {each.subject !== null && <code className="fine">{ownName(each.subject)}</code>}
        </li>
      ))}
    </ul>
  );
}
