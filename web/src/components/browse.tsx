import { type ReactNode, useEffect, useEffectEvent, useRef } from 'react';
import type { CollectionSummary } from '../../../src/contract/shapes.ts';
import { focusMain } from '../state/focus.ts';
import { useListing } from '../state/listing.ts';
import { JOB_NAMES, START } from '../state/route.ts';
import { useWorkspace } from '../state/workspace.ts';
import { CardGrid } from './card-grid.tsx';
import { DropZone } from './drop-zone.tsx';
import { PlusIcon } from './icons.tsx';
import { useMayAdd } from './login.tsx';
import { PlaceLink } from './place-link.tsx';
import { EmptyBox, ErrorBox, LoadingGrid } from './states.tsx';
import { TextSearch } from './text-search.tsx';

/** The images of the collection, more of them as the page is scrolled. */
export function Browse(props: { collection: CollectionSummary; chips: ReactNode }) {
  const { collection } = props;
  const { route, change } = useWorkspace();
  const mayAdd = useMayAdd(collection.name);
  const { images, total, loading, problem, more } = useListing(collection.name, route.where);
  return (
    <>
      {total !== 0 || route.where !== '' ? <DropZone /> : null}
      <TextSearch />
      <div className="section-head">
        <h1>{route.where !== '' ? 'Images that match' : 'All images'}</h1>
        {total !== null && (
          <span className="muted" role="status">
            {total.toLocaleString('en')}
            {total !== collection.images && ` of ${collection.images.toLocaleString('en')}`}
          </span>
        )}
        <span className="spacer" />
        {total !== 0 && (
          <span className="muted hint">Choose an image to find those that look like it</span>
        )}
        {total !== 0 && (
          <PlaceLink
            className="more-link"
            label="Map of these images"
            route={{ ...START, map: true, collection: collection.name, encoder: route.encoder }}
          >
            Map
          </PlaceLink>
        )}
        {mayAdd && (
          <PlaceLink
            className="more-link"
            label="More tasks with these images"
            route={{
              ...{ ...START, collection: collection.name, where: route.where },
              // What was filtered is to go, or to be exported.
              tasks: route.where === '' ? JOB_NAMES[0] : 'remove',
            }}
          >
            More…
          </PlaceLink>
        )}
      </div>
      {props.chips}
      {total === 0 ? (
        <EmptyBox title={route.where !== '' ? 'No image matches' : 'The collection is empty'}>
          {route.where !== '' ? (
            <button
              type="button"
              className="button"
              onClick={() => {
                focusMain();
                change({ where: '', compare: null });
              }}
            >
              Remove the filters
            </button>
          ) : (
            <AddFirst collection={collection.name} mayAdd={mayAdd} />
          )}
        </EmptyBox>
      ) : (
        <CardGrid
          label="Images of the collection"
          name={JSON.stringify([collection.name, route.where])}
          items={images.map((image) => ({ image }))}
          query={null}
        />
      )}
      {problem && <ErrorBox problem={problem} />}
      {(loading || total === null) && !problem && <LoadingGrid count={total === null ? 18 : 6} />}
      {!loading && !problem && more && <Sentinel key={images.length} reached={more} />}
    </>
  );
}

/** How an empty collection gets images. */
function AddFirst({ collection, mayAdd }: { collection: string; mayAdd: boolean }) {
  return (
    <>
      {mayAdd && (
        <p>
          <PlaceLink className="button primary" route={{ ...START, tasks: 'add', collection }}>
            <PlusIcon /> Add images
          </PlaceLink>
        </p>
      )}
      <p className="muted">
        On the command line: <code>semblance index path/to/images -c {collection}</code>.
      </p>
    </>
  );
}

/** Asks for more when it comes near the visible part of the page. */
function Sentinel({ reached }: { reached: () => void }) {
  const element = useRef<HTMLDivElement>(null);
  const onReached = useEffectEvent(reached);
  useEffect(() => {
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) onReached();
      },
      { rootMargin: '900px' },
    );
    if (element.current) observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return <div ref={element} className="sentinel" />;
}
