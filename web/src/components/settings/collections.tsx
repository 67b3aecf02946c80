import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { CollectionSummary } from '../../../../src/contract/shapes.ts';
import { mayDo, type Role } from '../../../../src/domain/roles.ts';
import { createCollection, deleteCollection, moveCollection } from '../../api.ts';
import { toProblem } from '../../problems.ts';
import { COLLECTIONS } from '../../state/queries.ts';
import { sessionRequest } from '../../state/requests.ts';
import { JOB_NAMES, START } from '../../state/route.ts';
import { Failure } from '../connect/failure.tsx';
import { CollectionNameField } from '../connect/fields.tsx';
import { PlaceLink } from '../place-link.tsx';
import { Confirm } from './confirm.tsx';
import { Toggle } from './toggle.tsx';

type May = (role: Role, collection?: string) => boolean;

/** Collections: made, copied, renamed, removed. */
export function CollectionSettings({ collections }: { collections: readonly CollectionSummary[] }) {
  const queries = useQueryClient();
  const { data: session } = useQuery(sessionRequest());
  const roles = session?.roles ?? null;
  const may: May = (role, collection) => roles === null || mayDo(roles, role, collection);
  const changed = () => {
    // What was asked of a collection that is gone, or another one now, is of no use.
    queries.removeQueries({ predicate: (query) => !query.isActive() });
    return queries.invalidateQueries({ queryKey: COLLECTIONS });
  };
  return (
    <>
      <ul className="records" aria-label="Collections">
        {collections.map((each) => (
          <CollectionCard key={each.name} collection={each} may={may} changed={changed} />
        ))}
      </ul>
      {may('editor') && <CreateCollection changed={changed} />}
    </>
  );
}

function CollectionCard(props: {
  collection: CollectionSummary;
  may: May;
  changed: () => Promise<unknown>;
}) {
  const { collection, may, changed } = props;
  const { name, images, problem: damage } = collection;
  const [open, setOpen] = useState<'copy' | 'rename' | 'delete' | null>(null);
  const [to, setTo] = useState('');
  const doing = useMutation({
    mutationFn: (what: () => Promise<unknown>) => what(),
    onSuccess: async () => {
      setOpen(null);
      await changed();
    },
  });
  const toggle = (what: typeof open) => {
    doing.reset();
    setTo('');
    setOpen(open === what ? null : what);
  };
  const problem = doing.error && toProblem(doing.error);
  return (
    <li className="task" data-testid="collection-card" data-name={name}>
      <div className="task-head">
        <h2>{name}</h2>
        <span className="muted">
          {damage ? damage.title : `${images.toLocaleString('en')} images`}
        </span>
      </div>
      <div className="form-actions">
        {may('editor', name) && !damage && (
          <>
            <PlaceLink className="button" route={{ ...START, tasks: 'add', collection: name }}>
              Add images
            </PlaceLink>
            <PlaceLink
              className="button"
              route={{ ...START, tasks: JOB_NAMES[0], collection: name }}
            >
              More…
            </PlaceLink>
          </>
        )}
        {may('editor') && !damage && (
          <Toggle isOpen={open === 'copy'} toggle={() => toggle('copy')}>
            Copy
          </Toggle>
        )}
        {may('admin') && !damage && (
          <Toggle isOpen={open === 'rename'} toggle={() => toggle('rename')}>
            Rename
          </Toggle>
        )}
        {may('admin', name) && (
          <button type="button" className="button danger" onClick={() => toggle('delete')}>
            Delete
          </button>
        )}
      </div>
      {(open === 'copy' || open === 'rename') && (
        <form
          className="task-form"
          onSubmit={(event: FormEvent) => {
            event.preventDefault();
            doing.mutate(() => moveCollection(open, name, to.trim()));
          }}
        >
          <CollectionNameField
            label={open === 'copy' ? 'Name of the copy' : 'New name'}
            testId="to"
            value={to}
            set={setTo}
          />
          {open === 'rename' && (
            <p className="muted fine">
              Links to its images change with the name; roles in it stay with it.
            </p>
          )}
          <div className="form-actions">
            <button type="submit" className="button primary" disabled={doing.isPending}>
              {doing.isPending ? 'At it…' : open === 'copy' ? 'Copy it' : 'Rename it'}
            </button>
          </div>
        </form>
      )}
      <div role="status">{open !== 'delete' && problem && <Failure problem={problem} />}</div>
      {open === 'delete' && (
        <Confirm
          title={`Delete ${name}?`}
          action={`Delete ${name}`}
          name={name}
          waits={doing.isPending}
          problem={problem}
          confirm={() => doing.mutate(() => deleteCollection(name, name))}
          close={() => toggle('delete')}
        >
          <p>
            Its {damage ? '' : images.toLocaleString('en')} images can no longer be searched, what
            was received for it is deleted, and roles in it end. Image files in folders and archives
            stay. There is no way back.
          </p>
        </Confirm>
      )}
    </li>
  );
}

function CreateCollection({ changed }: { changed: () => Promise<unknown> }) {
  const [name, setName] = useState('');
  const making = useMutation({
    mutationFn: () => createCollection(name.trim()),
    onSuccess: async () => {
      setName('');
      await changed();
    },
  });
  return (
    <form
      className="archive-form"
      data-testid="create-collection"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        making.mutate();
      }}
    >
      <section aria-labelledby="create-head">
        <h2 id="create-head">Make a collection</h2>
        <CollectionNameField label="Name" testId="collection-new-name" value={name} set={setName} />
        <div role="status">{making.error && <Failure problem={toProblem(making.error)} />}</div>
        <div className="form-actions">
          <button
            type="submit"
            className="button primary"
            data-testid="create-button"
            disabled={making.isPending}
          >
            Make it
          </button>
        </div>
      </section>
    </form>
  );
}
