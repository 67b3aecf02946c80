import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { Task } from '../../../../src/contract/tasks.ts';
import { beginTask, cancelTask, pauseTask, resumeTask, taskFileUrl } from '../../api.ts';
import { toProblem } from '../../problems.ts';
import { clock, type Login, NO_LOGIN, secretsOf } from '../../state/archive.ts';
import { START } from '../../state/route.ts';
import { PlaceLink } from '../place-link.tsx';
import { Failure } from './failure.tsx';
import { count, number, size } from './figures.ts';
import { LoginFields } from './login-fields.tsx';
import { FailureList } from './task-preview.tsx';

/** What a state is called. */
export const STATES: Readonly<Record<Task['state'], string>> = {
  waiting: 'Waiting',
  running: 'Running',
  paused: 'Paused',
  interrupted: 'Interrupted',
  cancelled: 'Cancelled',
  failed: 'Failed',
  done: 'Done',
};

/** What a kind of task does. */
const KINDS: Readonly<Record<Task['kind'], string>> = {
  index: 'Index a folder or file',
  'index-pacs': 'Index an archive',
  'index-files': 'Index uploaded files',
  prune: 'Remove what is gone',
  remove: 'Remove images',
  encode: 'Encode with another encoder',
  calibrate: 'Calibrate',
  adapt: 'Adapt to labels',
  map: 'Make a map',
  export: 'Export embeddings',
  benchmark: 'Benchmark',
  'add-encoder': 'Add an encoder',
  'copy-collection': 'Copy a collection',
  'rename-collection': 'Rename a collection',
  'delete-collection': 'Delete a collection',
};

/** What one task does, and where. */
export const taskTitle = ({ kind, collection }: Pick<Task, 'kind' | 'collection'>) =>
  collection === null ? KINDS[kind] : `${KINDS[kind]}: ${collection}`;

/** A time of the day where the reader is. */
const when = (time: string) =>
  new Date(time).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' });

/** Failures that are shown at first. */
const FIRST = 5;
/** Files that are offered, of those that a task made. */
const DOWNLOADS = 20;

/** What is done in the background: how far it is, what came of it, and what can be done about it. */
export function TaskCard({ task, changed }: { task: Task; changed: () => void }) {
  const { id, kind, state, collection, about, limited, actor, error, result } = task;
  const needsLogin = kind === 'index-pacs';
  const [asking, setAsking] = useState(false);
  const [login, setLogin] = useState<Login>(NO_LOGIN);
  const settled = { onSettled: changed };
  const cancelling = useMutation({ mutationFn: () => cancelTask(id), ...settled });
  const pausing = useMutation({ mutationFn: () => pauseTask(id), ...settled });
  const resuming = useMutation({
    mutationFn: () => resumeTask(id, secretsOf(login)),
    ...settled,
    onSuccess: () => {
      setAsking(false);
      setLogin(NO_LOGIN);
    },
  });
  const again = useMutation({
    mutationFn: (encoder: string) =>
      beginTask({ kind: 'index', collection: collection ?? '', path: about ?? '', encoder }),
    ...settled,
  });
  const open = state === 'waiting' || state === 'running';
  const resumable = /^(paused|interrupted|cancelled|failed)$/.test(state);
  const made = result?.kind === 'collection' ? result.name : null;
  const hasImages = result?.kind === 'indexed' && result.total > result.failed;
  const searched = hasImages ? collection : made;
  const problem = cancelling.error ?? pausing.error ?? resuming.error ?? again.error;
  const ending = cancelling.isPending || cancelling.isSuccess || pausing.isPending;
  return (
    <li className="task" data-testid="task" data-state={state} data-id={id}>
      <div className="task-head">
        <h3>
          {STATES[state]}: {taskTitle(task)}
        </h3>
        <span className="muted fine">
          {[
            about?.replace(/^dicomweb\+/, ''),
            limited && (needsLogin ? 'some of its studies' : 'some of its images'),
            `begun ${actor ? `by ${actor} ` : ''}on ${when(task.created)}`,
          ]
            .filter(Boolean)
            .join(', ')}
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
      {result && <Outcome kind={kind} result={result} />}
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
      {result && 'files' in result && result.files && result.files.length > 0 && (
        <ul className="task-files">
          {result.files.slice(0, DOWNLOADS).map(({ name, bytes }) => (
            <li key={name}>
              <a href={taskFileUrl(id, name)} download data-testid="task-file">
                {name === 'refused.csv' ? 'All that was refused, as a table' : name}
              </a>{' '}
              <span className="muted fine">{size(bytes)}</span>
            </li>
          ))}
        </ul>
      )}
      {problem && <Failure problem={toProblem(problem)} />}
      <div className="form-actions">
        {open && (
          <>
            <button
              type="button"
              className="button"
              data-testid="pause"
              disabled={ending}
              onClick={() => pausing.mutate()}
            >
              Pause
            </button>
            <button
              type="button"
              className="button"
              data-testid="cancel"
              disabled={ending}
              onClick={() => cancelling.mutate()}
            >
              {cancelling.isSuccess ? 'Ending…' : 'Cancel'}
            </button>
          </>
        )}
        {resumable && !asking && (
          <button
            type="button"
            className="button"
            data-testid="resume"
            disabled={resuming.isPending}
            onClick={() => {
              cancelling.reset();
              pausing.reset();
              if (needsLogin) setAsking(true);
              else resuming.mutate();
            }}
          >
            {state === 'failed' ? 'Try again' : 'Go on with it'}
          </button>
        )}
        {kind === 'index' &&
          state === 'done' &&
          result?.kind === 'indexed' &&
          result.failed > 0 && (
            <button
              type="button"
              className="button"
              data-testid="again"
              disabled={again.isPending}
              onClick={() => again.mutate(result.encoder)}
            >
              Try the refused files again
            </button>
          )}
        {collection !== null && result?.kind === 'mapped' && (
          <PlaceLink
            className="button primary"
            route={{ ...START, map: true, collection, encoder: result.encoder }}
          >
            See the map
          </PlaceLink>
        )}
        {searched !== null && (
          <PlaceLink className="button primary" route={{ ...START, collection: searched }}>
            Search in “{searched}”
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
        ? 'Another program changes the collection. It begins by itself when that has ended.'
        : state === 'waiting'
          ? 'It begins by itself when what is before it has ended.'
          : 'Beginning…';
    return <p className="muted">{why}</p>;
  }
  const { unit, done, total, share, studies, skipped, reasons, perSecond, secondsLeft } = progress;
  if (unit === 'files' || total === null) {
    return (
      <>
        <progress aria-label="Listing" />
        <p>
          Looking: {number(done)} so far{total !== null && ` of ${number(total)}`}
        </p>
      </>
    );
  }
  return (
    <>
      <progress aria-label="Progress" max={1} value={share ?? done / Math.max(1, total)} />
      <p className="task-figures">
        {studies && (
          <span data-testid="task-studies">
            Study {number(Math.min(studies.done + 1, studies.total))} of {number(studies.total)}
          </span>
        )}
        <span data-testid="task-images">
          {number(done)} of {number(total)} {unit}
        </span>
        {perSecond !== null && (
          <span>
            {perSecond < 10 ? perSecond.toFixed(1) : number(Math.round(perSecond))} {unit} a second
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

type Result = NonNullable<Task['result']>;

function Outcome({ kind, result }: { kind: Task['kind']; result: Result }) {
  return (
    <>
      <p data-testid="task-outcome">{outcomeText(kind, result)}</p>
      {kind === 'encode' && result.kind === 'indexed' && (
        <p data-testid="task-encoder">
          {result.missingEmbeddings > 0
            ? `“${result.encoder}” has not seen ${count(result.missingEmbeddings, 'image', 'images')}. `
            : `“${result.encoder}” has seen every image. `}
          {result.isDefault ? 'It answers searches that name no encoder.' : 'It can be chosen.'}
        </p>
      )}
      {result.kind === 'indexed' && <Indexed result={result} />}
      {'notes' in result && result.notes.length > 0 && (
        <ul className="muted fine">
          {result.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
    </>
  );
}

/** What came of a task, in a sentence or two. */
export function outcomeText(kind: Task['kind'], result: Result): string {
  switch (result.kind) {
    case 'indexed': {
      // A file can have many images, and is counted once.
      const isOfFiles = kind === 'index' || kind === 'index-files';
      const { added, unchanged, changed, failed, removed } = result;
      const parts = [
        `${isOfFiles ? count(added, 'file', 'files') : count(added, 'image', 'images')} ${kind === 'encode' ? 'encoded' : 'added'}`,
        unchanged > 0 && `${number(unchanged)} known already`,
        changed > 0 && `${number(changed)} renewed`,
        removed > 0 && `${number(removed)} removed`,
        failed > 0 && `${count(failed, 'file', 'files')} refused`,
      ];
      return `${parts.filter(Boolean).join(', ')}.`;
    }
    case 'removed': {
      const unclear =
        result.unclear > 0
          ? ` ${number(result.unclear)} stay: their folder cannot be reached, or is empty.`
          : '';
      return `${count(result.removed, 'image', 'images')} removed.${unclear}`;
    }
    case 'calibrated': {
      const { queries, error, coverage, encoder } = result;
      const share =
        coverage === null
          ? 'no threshold keeps that promise'
          : `${Math.round(100 * coverage)} % of pictures have a good match`;
      return `${encoder} is calibrated on ${count(queries, 'image', 'images')}: with ${100 * error} % of errors at the most, ${share}.`;
    }
    case 'adapted': {
      const { name, better, saved, used } = result;
      if (!saved) return 'The adapted encoder is not better, and was not saved.';
      const how = better ? 'is better and was saved' : 'was saved though it is not better';
      return `“${name}” ${how}.${used ? ' It answers from now on.' : ''}`;
    }
    case 'mapped': {
      const { points, of, encoder } = result;
      const sample = points < of ? `, a sample of ${number(of)}` : '';
      return `${count(points, 'image', 'images')}${sample} laid out by ${encoder}.`;
    }
    case 'exported':
      return `${count(result.embeddings, 'embedding', 'embeddings')} of ${result.encoder} written${result.excluded > 0 ? `, ${number(result.excluded)} left out` : ''}.`;
    case 'benchmarked': {
      const [best] = result.ranking;
      const at = best?.precision?.toFixed(3) ?? 'unknown';
      return best === undefined
        ? 'No encoder could be measured.'
        : `Best is ${best.name}: precision at ${result.k} is ${at}.`;
    }
    case 'added':
      return `“${result.encoder}” can be used (${result.dimension} dimensions).`;
    case 'collection': {
      const { name, images } = result;
      const held = images === null ? 'unknown images' : count(images, 'image', 'images');
      return name === null ? `Deleted, with ${held}.` : `“${name}” has ${held}.`;
    }
  }
}

function Indexed({ result }: { result: Extract<Result, { kind: 'indexed' }> }) {
  const { failed, failures, leftOut, warnings } = result;
  return (
    <>
      {leftOut.length > 0 && (
        <p className="muted">
          Left out: {leftOut.map(({ kind, count: n }) => `${number(n)} ${kind}`).join(', ')}.
        </p>
      )}
      {warnings.map((each) => (
        <p key={each.code} className="muted">
          {each.title}: {each.detail}
        </p>
      ))}
      {failures.length > 0 && (
        <details data-testid="task-failures">
          <summary>What was refused, and why</summary>
          <Failures failures={failures} total={failed} />
        </details>
      )}
    </>
  );
}

function Failures(props: {
  failures: Extract<Result, { kind: 'indexed' }>['failures'];
  total: number;
}) {
  const [all, setAll] = useState(false);
  const shown = all ? props.failures : props.failures.slice(0, FIRST);
  const more = props.total - shown.length;
  return (
    <>
      <FailureList failures={shown} />
      {more > 0 && all && <p className="muted">And {number(more)} more.</p>}
      {!all && props.failures.length > shown.length && (
        <button type="button" className="link-button" onClick={() => setAll(true)}>
          Show {number(props.failures.length - shown.length)} more
        </button>
      )}
    </>
  );
}
