import { useRef, useState } from 'react';
import type { CollectionSummary } from '../../../../src/contract/shapes.ts';
import { nameFrom } from '../../state/archive.ts';
import { START } from '../../state/route.ts';
import { PlaceLink } from '../place-link.tsx';
import { CollectionFields, useCollectionChoice } from './collection-fields.tsx';
import { type ChosenPlace, FolderChooser } from './folder-chooser.tsx';
import { TakingFields, useTaking } from './taking-fields.tsx';
import { TaskStart } from './task-start.tsx';

/** Indexes a folder of the server's machine. */
export function FolderForm(props: {
  collections: readonly CollectionSummary[];
  collection: string | null;
  allowed: boolean;
  begun: () => void;
}) {
  const [chosen, setChosen] = useState<ChosenPlace | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const { collection, summary, fields } = useCollectionChoice(
    props.collections,
    nameFrom(chosen?.name ?? '') || 'images',
    props.collection,
  );
  const { taking, fields: takingFields } = useTaking(summary);
  if (!props.allowed) return <NoFolder />;
  const request = { kind: 'index', collection, path: chosen?.path ?? '', ...taking } as const;
  return (
    <form
      ref={form}
      className="archive-form"
      data-testid="folder-form"
      onSubmit={(event) => event.preventDefault()}
    >
      <section aria-labelledby="folder-head">
        <h2 id="folder-head">1. The folder</h2>
        <FolderChooser chosen={chosen} set={setChosen} />
      </section>
      <section aria-labelledby="collection-head">
        <h2 id="collection-head">2. Into which collection</h2>
        <CollectionFields {...fields} />
        <TakingFields {...takingFields} />
        {chosen === null ? (
          <p className="muted">Choose a folder first.</p>
        ) : (
          <TaskStart
            key={JSON.stringify(request)}
            form={form}
            request={request}
            verb="taken"
            label="Start indexing"
            begun={props.begun}
          />
        )}
      </section>
    </form>
  );
}

function NoFolder() {
  return (
    <div className="archive-form">
      <section data-testid="no-folder">
        <h2>No folder of the server may be indexed</h2>
        <p>Whoever starts the server says which folders may be chosen here:</p>
        <pre>
          <code>semblance serve --allow-folder /path/to/images</code>
        </pre>
        <p>
          Or <PlaceLink route={{ ...START, tasks: 'files' }}>send files of your computer</PlaceLink>
          .
        </p>
      </section>
    </div>
  );
}
