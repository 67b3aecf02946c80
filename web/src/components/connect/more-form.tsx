import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useRef, useState } from 'react';
import type { CollectionSummary } from '../../../../src/contract/shapes.ts';
import type { Role } from '../../../../src/domain/roles.ts';
import { move } from '../../state/history.ts';
import { encodersRequest } from '../../state/requests.ts';
import { JOB_NAMES, type Job, START } from '../../state/route.ts';
import { useChangeable } from './collection-fields.tsx';
import { CheckField, ChoiceField, CollectionNameField, TextField } from './fields.tsx';
import { count } from './figures.ts';
import { type Field, firstValues, JOBS, type Values } from './jobs.ts';
import { TaskStart } from './task-start.tsx';

/** What is done with a collection, or the server, beside adding images. */
export function MoreForm(props: {
  job: Job;
  collections: readonly CollectionSummary[];
  collection: string | null;
  where: string;
  begun: () => void;
}) {
  const { job, where, begun } = props;
  const [times, setTimes] = useState(0);
  const { may: mayDo } = useChangeable(props.collections);
  const { of, says, role = 'editor', everywhere } = JOBS[job];
  const usableBy = (least: Role) =>
    props.collections.filter(({ name, problem }) => !problem && mayDo(least, name));
  const usable = usableBy(role);
  const summary = usable.find(({ name }) => name === props.collection) ?? usable[0];
  const jobs = JOB_NAMES.filter((each) => {
    const { of, role = 'editor', everywhere } = JOBS[each];
    if (everywhere && !mayDo(role)) return false;
    return of === 'server' || usableBy(role).length > 0;
  });
  const go = (to: { job?: string; collection?: string }) =>
    move(
      {
        ...START,
        tasks: (to.job as Job | undefined) ?? job,
        collection: to.collection ?? summary?.name ?? null,
        where: to.collection === undefined ? where : '',
      },
      { replace: true },
    );
  if (jobs.length === 0) {
    return <p className="muted">There is no collection yet, or none that you may change.</p>;
  }
  const may = jobs.includes(job);
  return (
    <div className="archive-form" data-testid="more-form">
      <section aria-labelledby="job-head">
        <h2 id="job-head">What to do</h2>
        <div className="form-pair">
          <ChoiceField
            label="Task"
            testId="job"
            choices={(may ? jobs : [job, ...jobs]).map((each) => [each, JOBS[each].title])}
            value={job}
            set={(value) => go({ job: value })}
          />
          {may && of === 'collection' && (
            <ChoiceField
              label="Collection"
              testId="collection"
              choices={usable.map(({ name, images }) => [
                name,
                `${name} (${count(images, 'image', 'images')})`,
              ])}
              value={summary?.name ?? ''}
              set={(value) => go({ collection: value })}
            />
          )}
        </div>
        <p className="muted">{says}</p>
        {may ? (
          <JobForm
            key={`${job} ${summary?.name} ${where} ${times}`}
            {...{ job, where }}
            begun={() => {
              // What was chosen for one is not done to the next unasked.
              setTimes(times + 1);
              begun();
            }}
            summary={of === 'collection' ? summary : undefined}
          />
        ) : (
          <p data-testid="may-not">
            {everywhere || props.collections.length > 0
              ? `${of === 'server' ? 'It concerns the whole server: it' : 'It'} takes the role ${role} of ${everywhere ? 'every' : 'a'} collection.`
              : 'There is no collection yet.'}
          </p>
        )}
      </section>
    </div>
  );
}

function JobForm(props: {
  job: Job;
  summary: CollectionSummary | undefined;
  where: string;
  begun: () => void;
}) {
  const { job, summary, where, begun } = props;
  const { fields, verb, button, request: requestOf, removes } = JOBS[job];
  const { data } = useQuery(encodersRequest());
  const [written, setWritten] = useState(() => firstValues(summary, where));
  const form = useRef<HTMLFormElement>(null);
  const encoders = data?.encoders ?? [];
  const stored = summary?.encoders ?? [];
  const further = encoders.filter(
    ({ name }) => !stored.some((each) => each.name === name && each.isDefault),
  );
  const others = stored.filter(({ isDefault, available }) => !isDefault && available);
  const models = (data?.models ?? []).filter(({ installed }) => !installed);
  // What is chosen first is what the list shows first.
  const values: Values = {
    ...written,
    encoder: written.encoder || (further[0]?.name ?? ''),
    seen: others.some(({ name }) => name === written.seen) ? written.seen : (others[0]?.name ?? ''),
    model: written.model || (models[0]?.name ?? ''),
  };
  const of = (field: Field) => ({
    testId: field,
    value: values[field],
    set: (value: string) => setWritten({ ...written, [field]: value }),
  });
  const path = { autoComplete: 'off', spellCheck: false } as const;
  const inputs: Readonly<Record<Field, ReactNode>> = {
    to: (
      <CollectionNameField
        {...of('to')}
        label={job === 'copy-collection' ? 'Name of the copy' : 'New name'}
      />
    ),
    where: (
      <TextField
        {...of('where')}
        {...path}
        required
        label="Which images"
        hint="As in the filters of the search page, for instance modality:CT -region:knee. Filter there first and come here by “More…”: the filter is taken along."
      />
    ),
    whole: (
      <TextField
        {...of('whole')}
        {...path}
        label="Which images"
        hint="As in the filters of the search page; empty for all."
      />
    ),
    encoder: (
      <ChoiceField
        {...of('encoder')}
        label="Encoder"
        choices={further.map(({ name, title }) => [name, title])}
      />
    ),
    ownEncoder: (
      <ChoiceField
        {...of('ownEncoder')}
        label="Encoder"
        choices={[
          ['', 'The one that answers'],
          ...stored.map((each) => [each.name, each.title] as const),
        ]}
      />
    ),
    seen: (
      <ChoiceField
        {...of('seen')}
        label="Encoder"
        choices={others.map(({ name, title, embeddings }) => [
          name,
          `${title} (has seen ${embeddings.toLocaleString('en')} of ${count(summary?.images ?? 0, 'image', 'images')})`,
        ])}
      />
    ),
    use: (
      <CheckField {...of('use')} label="Then let it answer searches, if it has seen every image" />
    ),
    shared: (
      <>
        <CheckField {...of('shared')} label="Have workers on other machines encode them" />
        {values.shared === 'yes' && (
          <p className="notice">
            This server encodes none of them itself: it waits for{' '}
            <code>semblance worker --server</code> with a key of the role editor.
          </p>
        )}
      </>
    ),
    label: (
      <TextField
        {...of('label')}
        {...path}
        label="What alike images share"
        placeholder="label"
        hint="Empty for labels, or the name of a field, such as finding."
      />
    ),
    error: (
      <TextField
        {...of('error')}
        label="Errors among good matches at the most, in %"
        type="number"
        min="0.1"
        max="99"
        step="0.1"
        required
      />
    ),
    name: (
      <TextField
        {...of('name')}
        {...path}
        required
        label="Name of the adapted encoder"
        pattern="[A-Za-z0-9][A-Za-z0-9._\-]{0,99}"
        title="Letters without accents, digits, dots, lines; no blanks"
        hint="Letters, digits, dots and lines; no blanks."
      />
    ),
    force: <CheckField {...of('force')} label="Keep and use it also when it is not better" />,
    format: (
      <ChoiceField
        {...of('format')}
        label="Format"
        choices={[
          ['csv', 'CSV, for spreadsheets'],
          ['parquet', 'Parquet'],
          ['h5', 'HDF5'],
          ['npy', 'numpy'],
          ['index', 'faiss'],
        ]}
      />
    ),
    normalise: <CheckField {...of('normalise')} label="Scale them to length 1" />,
    configuration: (
      <TextField
        {...of('configuration')}
        {...path}
        required
        label="Configuration, a file on the server"
        placeholder="/data/benchmark.json"
        hint="In a folder that the server was allowed to read; paths in it are relative to it."
      />
    ),
    model: (
      <ChoiceField
        {...of('model')}
        label="Model"
        choices={models.map(({ name, title, gated }) => [
          name,
          gated ? `${title} (asks for an account)` : title,
        ])}
      />
    ),
    from: (
      <TextField
        {...of('from')}
        {...path}
        label="Folder of its official files, on the server"
        hint="Empty to fetch them from the hub, over the network."
      />
    ),
    precision: (
      <ChoiceField
        {...of('precision')}
        label="Precision"
        choices={[
          ['fp32', '32 bits: as published'],
          ['int8', '8 bits: smaller and faster, nearly alike'],
        ]}
      />
    ),
  };
  const nothing =
    (job === 'encode' &&
      further.length === 0 &&
      'There is no further encoder here: add one first.') ||
    (job === 'default' && others.length === 0 && 'The collection was indexed with one encoder.') ||
    (job === 'add-encoder' && models.length === 0 && 'Every known model is there already.');
  if (data === undefined) return null;
  if (nothing) return <p data-testid="nothing-to-do">{nothing}</p>;
  const request = requestOf(summary?.name ?? '', values);
  return (
    <form ref={form} className="archive-form" onSubmit={(event) => event.preventDefault()}>
      {fields.map((field) => (
        <div key={field}>{inputs[field]}</div>
      ))}
      <TaskStart
        key={JSON.stringify(request)}
        {...{ form, request, verb, begun }}
        label={button}
        confirm={
          removes &&
          (({ images }) => {
            if (removes === 'collection') return `Delete ${summary?.name}?`;
            return images
              ? `Remove ${count(images, 'image', 'images')} of ${summary?.name}?`
              : null;
          })
        }
        name={removes === 'collection' ? summary?.name : undefined}
      />
    </form>
  );
}
