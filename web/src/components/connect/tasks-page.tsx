import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { CollectionSummary } from '../../../../src/contract/shapes.ts';
import type { Task } from '../../../../src/contract/tasks.ts';
import { toProblem } from '../../problems.ts';
import { useTasks } from '../../state/follow-tasks.ts';
import { COLLECTIONS } from '../../state/queries.ts';
import { sessionRequest } from '../../state/requests.ts';
import { type Errand, isJob, JOB_NAMES, type Job, START } from '../../state/route.ts';
import { useSending } from '../../state/sending.ts';
import { PlaceLink } from '../place-link.tsx';
import { EmptyBox, ErrorBox, LoadingGrid } from '../states.tsx';
import { ArchiveForm } from './archive-form.tsx';
import { useChangeable } from './collection-fields.tsx';
import { size } from './figures.ts';
import { FilesForm } from './files-form.tsx';
import { FolderForm } from './folder-form.tsx';
import { MoreForm } from './more-form.tsx';
import { outcomeText, STATES, TaskCard, taskTitle } from './task-card.tsx';

const NAMES: Readonly<
  Record<Exclude<Errand, 'add' | Job>, { tab: string; title: string; says: string }>
> = {
  folder: {
    tab: 'A folder of the server',
    title: 'Index a folder of the server',
    says: 'Its images become searchable. They stay where they are; a collection keeps what makes them alike.',
  },
  files: {
    tab: 'Your own files',
    title: 'Send your own files',
    says: 'Pictures, DICOM files and ZIPs of your computer become searchable. Nobody but this server gets them.',
  },
  archive: {
    tab: 'An archive (PACS)',
    title: 'Connect an archive',
    says: 'Images of your PACS become searchable here. They stay in the archive; a collection keeps what makes them alike, and pseudonyms in place of names.',
  },
};

/** Tasks that are shown at first. */
const FIRST = 20;

const MORE = {
  title: 'More tasks',
  says: 'Each is done in the background; nothing begins unasked.',
};

/** What is begun in the background: a form for each errand, and what is done or was. */
export function TasksPage(props: {
  shown: Errand;
  collection: string | null;
  /** Which of its images are meant. */
  where: string;
  collections: readonly CollectionSummary[];
}) {
  const { collections, collection, where } = props;
  const { data, error, refetch } = useTasks();
  const { every } = useChangeable(collections);
  const sending = useSending();
  const [times, setTimes] = useState(0);
  const [all, setAll] = useState(false);
  const queries = useQueryClient();
  const list = useRef<HTMLHeadingElement>(null);
  // Where no folder may be indexed, files can be sent all the same.
  const first = data?.folders === false ? 'files' : 'folder';
  const shown = props.shown === 'add' ? first : props.shown;
  const { title, says } = isJob(shown) ? MORE : NAMES[shown];
  const ended = (data?.tasks ?? []).filter(
    ({ state }) => state !== 'waiting' && state !== 'running',
  );
  const news = ended.map(({ id, changed }) => `${id} ${changed}`).join();
  useEffect(() => {
    document.title = `${title} – Semblance`;
  }, [title]);
  useEffect(() => {
    if (news === '') return;
    // What was indexed changes what there is to search in.
    queries.removeQueries({
      predicate: (query) => query.queryKey[0] !== 'tasks' && !query.isActive(),
    });
    void queries.invalidateQueries({ queryKey: COLLECTIONS });
  }, [news, queries]);
  if (error && !data) return <ErrorBox problem={toProblem(error)} level="h1" />;
  if (!data) return <LoadingGrid count={3} />;
  if (!data.allowed) {
    return <NotAllowed />;
  }
  const begun = () => {
    // What is begun stands below; a new form makes room for it.
    setTimes(times + 1);
    void refetch().then(() => {
      list.current?.focus({ preventScroll: true });
      list.current?.scrollIntoView({ block: 'start' });
    });
  };
  const errands = (Object.keys(NAMES) as (keyof typeof NAMES)[]).filter(
    // Whoever changes some collections alone contacts no archive.
    (each) => every || each !== 'archive',
  );
  return (
    <div className="connect" data-testid="connect">
      {collections.length > 0 && (
        <PlaceLink className="back" route={START}>
          ‹ All images
        </PlaceLink>
      )}
      <nav className="settings-nav" aria-label="What to do">
        {errands.map((each) => (
          <PlaceLink
            key={each}
            current={each === shown}
            route={{ ...START, tasks: each, collection }}
          >
            {NAMES[each].tab}
          </PlaceLink>
        ))}
        <PlaceLink
          current={isJob(shown)}
          route={{ ...START, tasks: isJob(shown) ? shown : JOB_NAMES[0], collection, where }}
        >
          More…
        </PlaceLink>
      </nav>
      <h1>{title}</h1>
      <p className="muted">{says}</p>
      {shown !== 'files' && sending?.state === 'sending' && (
        <p className="notice">
          Files are sent to “{sending.collection}” meanwhile: {size(sending.bytesSent)} of{' '}
          {size(sending.bytes)}.{' '}
          <PlaceLink route={{ ...START, tasks: 'files', collection }}>How far it is</PlaceLink>
        </p>
      )}
      {shown === 'folder' && (
        <FolderForm key={times} {...{ collections, collection, begun }} allowed={data.folders} />
      )}
      {shown === 'files' && <FilesForm {...{ collections, collection }} upload={data.upload} />}
      {isJob(shown) && <MoreForm job={shown} {...{ collections, collection, where, begun }} />}
      {shown === 'archive' && <ArchiveForm collections={collections} begun={begun} />}
      <section className="tasks" aria-labelledby="tasks-head">
        <h2 id="tasks-head" ref={list} tabIndex={-1}>
          Tasks
        </h2>
        <p className="hidden" role="status" data-testid="task-news">
          {newsOf(data.tasks[0])}
        </p>
        {error && <ErrorBox problem={toProblem(error)} />}
        {data.tasks.length === 0 ? (
          <p className="muted">Nothing yet.</p>
        ) : (
          <>
            <ul>
              {(all ? data.tasks : data.tasks.slice(0, FIRST)).map((task) => (
                <TaskCard key={task.id} task={task} changed={() => void refetch()} />
              ))}
            </ul>
            {!all && data.tasks.length > FIRST && (
              <p>
                <button type="button" className="link-button" onClick={() => setAll(true)}>
                  Show {data.tasks.length - FIRST} before these
                </button>
              </p>
            )}
          </>
        )}
      </section>
    </div>
  );
}

/** Why nothing can be begun. */
function NotAllowed() {
  const { data } = useQuery(sessionRequest());
  const hasRoles = data !== undefined && data.roles !== null;
  return (
    <EmptyBox title="Nothing can be added here" level="h1">
      {hasRoles ? (
        <p>You may look, and change nothing. Ask whoever runs this server for the role editor.</p>
      ) : (
        <>
          <p>
            Others reach this server and nobody is asked who he is, so it writes nothing and
            contacts nobody. Whoever runs it adds users, or allows it to everybody:
          </p>
          <pre>
            <code>semblance serve --allow-indexing</code>
          </pre>
        </>
      )}
      <p>
        <PlaceLink route={START}>‹ All images</PlaceLink>
      </p>
    </EmptyBox>
  );
}

/** What a screen reader is told of the last task: when it begins, each quarter of it, and how it ended. */
function newsOf(task: Task | undefined): string {
  if (task === undefined) return '';
  const { state, progress, result } = task;
  const { done = 0, total = null } = progress ?? {};
  const quarter = total ? Math.floor((4 * done) / total) * 25 : 0;
  const share = state === 'running' && progress?.unit === 'images' ? `, ${quarter} %` : '';
  const outcome = result ? `, ${outcomeText(task.kind, result)}` : '';
  return `${STATES[state]}: ${taskTitle(task)}${share}${outcome}`;
}
