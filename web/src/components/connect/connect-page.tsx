import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import type { CollectionSummary } from '../../../../src/contract/shapes.ts';
import type { Task } from '../../../../src/contract/tasks.ts';
import { toProblem } from '../../problems.ts';
import { COLLECTIONS } from '../../state/queries.ts';
import { tasksRequest } from '../../state/requests.ts';
import { START } from '../../state/route.ts';
import { PlaceLink } from '../place-link.tsx';
import { EmptyBox, ErrorBox, LoadingGrid } from '../states.tsx';
import { ArchiveForm } from './archive-form.tsx';
import { outcomeText, STATES, TaskCard, taskTitle } from './task-card.tsx';

/** Connects an archive: a form, and what is indexed or was. */
export function ConnectPage({ collections }: { collections: readonly CollectionSummary[] }) {
  const { data, error, refetch } = useQuery(tasksRequest());
  const queries = useQueryClient();
  const list = useRef<HTMLHeadingElement>(null);
  const ended = (data?.tasks ?? []).filter(
    ({ state }) => state !== 'waiting' && state !== 'running',
  );
  const news = ended.map(({ id, changed }) => `${id} ${changed}`).join();
  useEffect(() => {
    document.title = 'Connect an archive – Semblance';
  }, []);
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
    return (
      <EmptyBox title="Archives cannot be connected here" level="h1">
        <p>
          This server may be opened by others, so it writes nothing and contacts nobody. Whoever
          starts it allows it:
        </p>
        <pre>
          <code>semblance serve --allow-indexing</code>
        </pre>
      </EmptyBox>
    );
  }
  return (
    <div className="connect" data-testid="connect">
      {collections.length > 0 && (
        <PlaceLink className="back" route={START}>
          ‹ All images
        </PlaceLink>
      )}
      <h1>Connect an archive</h1>
      <p className="muted">
        Images of your PACS become searchable here. They stay in the archive; a collection keeps
        what makes them alike, and pseudonyms in place of names.
      </p>
      <ArchiveForm
        collections={collections}
        begun={() => {
          void refetch().then(() => {
            list.current?.focus({ preventScroll: true });
            list.current?.scrollIntoView({ block: 'start' });
          });
        }}
      />
      <section className="tasks" aria-labelledby="tasks-head">
        <h2 id="tasks-head" ref={list} tabIndex={-1}>
          What is indexed
        </h2>
        <p className="hidden" role="status" data-testid="task-news">
          {newsOf(data.tasks[0])}
        </p>
        {error && <ErrorBox problem={toProblem(error)} />}
        {data.tasks.length === 0 ? (
          <p className="muted">Nothing yet.</p>
        ) : (
          <ul>
            {data.tasks.map((task) => (
              <TaskCard key={task.id} task={task} changed={() => void refetch()} />
            ))}
          </ul>
        )}
      </section>
    </div>
  );
}

/** What a screen reader is told of the last task: when it begins, each quarter of it, and how it ended. */
function newsOf(task: Task | undefined): string {
  if (task === undefined) return '';
  const { state, progress, result } = task;
  const { done = 0, total = null } = progress ?? {};
  const quarter = total ? Math.floor((4 * done) / total) * 25 : 0;
  const share = state === 'running' && progress?.unit === 'images' ? `, ${quarter} %` : '';
  const outcome = result ? `, ${outcomeText(result)}` : '';
  return `${STATES[state]}: ${taskTitle(task)}${share}${outcome}`;
}
