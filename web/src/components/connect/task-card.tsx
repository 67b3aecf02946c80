import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { Task } from '../../../../src/contract/tasks.ts';
import { cancelTask, resumeTask } from '../../api.ts';
import { toProblem } from '../../problems.ts';
import { clock, type Login, NO_LOGIN, secretsOf } from '../../state/archive.ts';
import { START } from '../../state/route.ts';
import { PlaceLink } from '../place-link.tsx';
import { Failure } from './failure.tsx';
import { LoginFields } from './login-fields.tsx';

const number = (value: number) => value.toLocaleString('en');
const count = (value: number, one: string, many: string) =>
  `${number(value)} ${value === 1 ? one : many}`;

/** What a state is called. */
export const STATES: Readonly<Record<Task['state'], string>> = {
  waiting: 'Waiting',
  running: 'Indexing',
  interrupted: 'Interrupted',
  cancelled: 'Cancelled',
  failed: 'Failed',
  done: 'Done',
};

/** Failures that are shown at first. */
const FIRST = 5;

/** What is indexed in the background: how far it is, what came of it, and what can be done about it. */
export function TaskCard({ task, changed }: { task: Task; changed: () => void }) {
  const { id, state, collection, pacs, limited, error, result } = task;
  const [asking, setAsking] = useState(false);
  const [login, setLogin] = useState<Login>(NO_LOGIN);
  const settled = { onSettled: changed };
  const cancelling = useMutation({ mutationFn: () => cancelTask(id), ...settled });
  const resuming = useMutation({
    mutationFn: () => resumeTask(id, secretsOf(login)),
    ...settled,
    onSuccess: () => {
      setAsking(false);
      setLogin(NO_LOGIN);
    },
  });
  const open = state === 'waiting' || state === 'running';
  const resumable = state === 'interrupted' || state === 'cancelled' || state === 'failed';
  const problem = cancelling.error ?? resuming.error;
  return (
    <li className="task" data-testid="task" data-state={state} data-id={id}>
      <div className="task-head">
        <h3>
          {STATES[state]}: {collection}
        </h3>
        <span className="muted fine">
          {pacs.replace(/^dicomweb\+/, '')}
          {limited && ', some of its studies'}
        </span>
      </div>
      {open && <Progress task={task} />}
      {state === 'interrupted' && (
        <p>
          Semblance was ended before this was done. What was indexed is there; it goes on where it
          was.
        </p>
      )}
      {state === 'failed' && error && <Failure problem={error} />}
      {result && <Outcome result={result} />}
      {asking && (
        <form
          className="task-form"
          onSubmit={(event) => {
            event.preventDefault();
            resuming.mutate();
          }}
        >
          <p className="muted">
            User, password and token are not kept when Semblance ends: give them again if the
            archive asks for them.
          </p>
          <LoginFields login={login} change={setLogin} />
          <div className="form-actions">
            <button type="submit" className="button primary" disabled={resuming.isPending}>
              Go on
            </button>
            <button type="button" className="button" onClick={() => setAsking(false)}>
              Not now
            </button>
          </div>
        </form>
      )}
      {problem && <Failure problem={toProblem(problem)} />}
      <div className="form-actions">
        {open && (
          <button
            type="button"
            className="button"
            data-testid="cancel"
            disabled={cancelling.isPending || cancelling.isSuccess}
            onClick={() => cancelling.mutate()}
          >
            {cancelling.isSuccess ? 'Ending…' : 'Cancel'}
          </button>
        )}
        {resumable && !asking && (
          <button
            type="button"
            className="button"
            data-testid="resume"
            onClick={() => {
              cancelling.reset();
              setAsking(true);
            }}
          >
            Go on with it
          </button>
        )}
        {result && result.total > result.failed && (
          <PlaceLink className="button primary" route={{ ...START, collection }}>
            Search in “{collection}”
          </PlaceLink>
        )}
      </div>
    </li>
  );
}

function Progress({ task: { state, progress, error } }: { task: Task }) {
  if (state === 'waiting' || progress === null) {
    const why =
      error?.code === 'COLLECTION_BUSY'
        ? 'Another program indexes the same images. It begins by itself when that has ended.'
        : state === 'waiting'
          ? 'It begins by itself when what is before it has ended.'
          : 'Beginning…';
    return <p className="muted">{why}</p>;
  }
  const { unit, done, total, studies, skipped, reasons, perSecond, secondsLeft } = progress;
  if (unit === 'files' || total === null) {
    return (
      <>
        <progress aria-label="Listing" />
        <p>
          The archive is listed: {count(done, 'image', 'images')} so far
          {total !== null && ` of ${number(total)}`}
        </p>
      </>
    );
  }
  return (
    <>
      <progress aria-label="Indexing" max={total} value={done} />
      <p className="task-figures">
        {studies && (
          <span data-testid="task-studies">
            Study {number(Math.min(studies.done + 1, studies.total))} of {number(studies.total)}
          </span>
        )}
        <span data-testid="task-images">
          {number(done)} of {count(total, 'image', 'images')}
        </span>
        {perSecond !== null && (
          <span>
            {perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond)} images a second
          </span>
        )}
        {secondsLeft !== null && <span>about {clock(secondsLeft)} left</span>}
      </p>
      {skipped > 0 && (
        <p>
          {count(skipped, 'file', 'files')} refused
          {reasons.length > 0 &&
            `: ${reasons.map((each) => `${each.title} (${number(each.count)})`).join(', ')}`}
        </p>
      )}
    </>
  );
}

function Outcome({ result }: { result: NonNullable<Task['result']> }) {
  const { added, unchanged, changed, failed, failures, leftOut } = result;
  const parts = [
    `${count(added, 'image', 'images')} added`,
    unchanged > 0 && `${number(unchanged)} known already`,
    changed > 0 && `${number(changed)} renewed`,
    failed > 0 && `${count(failed, 'file', 'files')} refused`,
  ].filter(Boolean);
  return (
    <>
      <p data-testid="task-outcome">{parts.join(', ')}.</p>
      {leftOut.length > 0 && (
        <p className="muted">
          Left out: {leftOut.map(({ kind, count: n }) => `${number(n)} ${kind}`).join(', ')}.
        </p>
      )}
      {failures.length > 0 && (
        <details data-testid="task-failures">
          <summary>What was refused, and why</summary>
          <Failures failures={failures} total={failed} />
        </details>
      )}
    </>
  );
}

function Failures(props: { failures: NonNullable<Task['result']>['failures']; total: number }) {
  const [all, setAll] = useState(false);
  const shown = all ? props.failures : props.failures.slice(0, FIRST);
  const more = props.total - shown.length;
  return (
    <>
      <ul className="failures">
        {shown.map((each) => (
          <li key={`${each.subject} ${each.code}`}>
            <span>{each.title}</span>
            <span className="muted fine">{each.detail}</span>
            {each.subject !== null && <code className="fine">{each.subject}</code>}
          </li>
        ))}
      </ul>
      {more > 0 && all && <p className="muted">And {number(more)} more.</p>}
      {!all && props.failures.length > shown.length && (
        <button type="button" className="link-button" onClick={() => setAll(true)}>
          Show {number(props.failures.length - shown.length)} more
        </button>
      )}
    </>
  );
}
