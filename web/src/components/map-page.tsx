import { useQuery } from '@tanstack/react-query';
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import type { CollectionMap } from '../../../src/contract/map.ts';
import type { CollectionSummary } from '../../../src/contract/shapes.ts';
import { thumbnailAddressById } from '../api.ts';
import { toProblem } from '../problems.ts';
import { move } from '../state/history.ts';
import { facetsRequest, mapRequest } from '../state/requests.ts';
import { type Route, START } from '../state/route.ts';
import { usePicture } from '../state/use-picture.ts';
import {
  DIRECTIONS,
  drawScatter,
  type Frame,
  fitted,
  GROUP_COLOURS,
  nearest,
  OTHER_COLOUR,
} from '../viewer/scatter.ts';
import { ChoiceField } from './connect/fields.tsx';
import { count, number } from './connect/figures.ts';
import { useMayAdd } from './login.tsx';
import { PlaceLink } from './place-link.tsx';
import { EmptyBox, ErrorBox, LoadingGrid } from './states.tsx';

/** Pixels around the points. */
const MARGIN = 14;
/** From so many pixels a click still means a point. */
const REACH = 16;
/** Images beside the chosen one that are listed. */
const LISTED = 8;

type Layout = 'umap' | 'pca';

/** The images of a collection in the plane. */
export function MapPage(props: { route: Route; collections: readonly CollectionSummary[] }) {
  const { route, collections } = props;
  const summary = collections.find(({ name }) => name === route.collection) ?? collections[0];
  const collection = summary?.name ?? '';
  const [field, setField] = useState('label');
  const [layout, setLayout] = useState<Layout>('umap');
  const { data: map, error } = useQuery({
    ...mapRequest(collection, route.encoder, field),
    enabled: summary !== undefined,
  });
  const { data: facets } = useQuery({
    ...facetsRequest(collection, ''),
    enabled: summary !== undefined,
  });
  useEffect(() => {
    document.title = `Map of ${collection} – Semblance`;
  }, [collection]);
  const go = (to: Partial<Route>) =>
    move({ ...START, map: true, collection, encoder: route.encoder, ...to }, { replace: true });
  // A patient is no group.
  const fields = (facets ?? []).map((each) => each.field).filter((each) => each !== 'patient');
  return (
    <div className="connect map" data-testid="map">
      <PlaceLink className="back" route={{ ...START, collection }}>
        ‹ All images
      </PlaceLink>
      <h1>Map of {collection}</h1>
      <div className="form-pair">
        <ChoiceField
          label="Collection"
          testId="map-collection"
          value={collection}
          set={(name) => go({ collection: name, encoder: null })}
          choices={collections.map(({ name }) => [name, name])}
        />
        <ChoiceField
          label="Encoder"
          testId="map-encoder"
          value={route.encoder ?? ''}
          set={(name) => go({ encoder: name || null })}
          choices={[
            ['', 'The one that answers'],
            ...(summary?.encoders ?? []).map((each) => [each.name, each.title] as const),
          ]}
        />
        <ChoiceField
          label="Coloured by"
          testId="map-field"
          value={field}
          set={setField}
          choices={[...new Set(['label', ...fields])].map((each) => [each, each])}
        />
        <ChoiceField
          label="Laid out by"
          testId="map-layout"
          value={layout}
          set={(value) => setLayout(value as Layout)}
          choices={[
            ['umap', 'UMAP: what is alike together'],
            ['pca', 'PCA: where they differ most'],
          ]}
        />
      </div>
      {error && !map && <NoMap {...{ collection }} problem={toProblem(error)} />}
      {!error && !map && <LoadingGrid count={3} />}
      {map && <Scatter key={`${collection} ${map.encoder} ${map.made}`} {...{ map, layout }} />}
    </div>
  );
}

function NoMap(props: { collection: string; problem: ReturnType<typeof toProblem> }) {
  const { collection, problem } = props;
  const mayAdd = useMayAdd(collection);
  if (problem.code !== 'MAP_NOT_FOUND') return <ErrorBox problem={problem} />;
  return (
    <EmptyBox title="There is no map yet">
      <p>A map lays the images out in the plane, those together that the encoder finds alike.</p>
      {mayAdd ? (
        <PlaceLink className="button primary" route={{ ...START, tasks: 'map', collection }}>
          Make a map
        </PlaceLink>
      ) : (
        <p>Ask whoever edits this collection to make one.</p>
      )}
    </EmptyBox>
  );
}

function Scatter({ map, layout }: { map: CollectionMap; layout: Layout }) {
  const { collection, points, of, gone, stale, made, explained, values, groups, ids } = map;
  const [chosen, setChosen] = useState(-1);
  const places = useMemo(() => fitted(map[layout]), [map, layout]);
  const nameOf = (point: number) => {
    const group = values[groups[point] ?? -1]?.value;
    return `Image ${ids[point]}${group === undefined ? '' : `, ${group}`}`;
  };
  const place = (point: number) =>
    [places[2 * point] as number, places[2 * point + 1] as number] as const;
  const from = (point: number): Route => ({
    ...{ ...START, collection, encoder: map.encoder },
    query: { kind: 'image', id: ids[point] as number },
  });
  const shares = explained.map((share) => `${Math.round(100 * share)} %`).join(' and ');
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && chosen >= 0) move(from(chosen), { upload: null, trail: [] });
    const direction = DIRECTIONS[event.key];
    if (direction === undefined) return;
    event.preventDefault();
    const next =
      chosen < 0 ? nearest(places, 0.5, 0.5, 1) : nearest(places, ...place(chosen), 1, direction);
    if (next[0] !== undefined) setChosen(next[0]);
  };
  const beside =
    chosen < 0
      ? []
      : nearest(places, ...place(chosen), LISTED + 1).filter((each) => each !== chosen);
  return (
    <>
      <p className="muted" data-testid="map-facts">
        {count(points, 'image', 'images')}
        {points + gone < of && `, a random sample of ${number(of)}`}, laid out on{' '}
        {new Date(made).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' })}.{' '}
        {layout === 'umap'
          ? 'What lies near is alike; distances between far groups mean nothing.'
          : `The axes explain ${shares} of the variance.`}
      </p>
      {stale && (
        <p className="notice" data-testid="map-stale">
          The collection has changed since
          {gone > 0 && `, ${count(gone, 'image is', 'images are')} gone`}:{' '}
          <PlaceLink route={{ ...START, tasks: 'map', collection }}>make it again</PlaceLink>.
        </p>
      )}
      <div className="map-body">
        <Canvas
          {...{ places, groups, chosen, onKey }}
          choose={setChosen}
          name={`Map of ${collection}`}
        />
        <div className="map-side">
          <p className="hidden" role="status">
            {chosen >= 0 && nameOf(chosen)}
          </p>
          {chosen < 0 ? (
            <p className="muted">Choose a point, or a group: its picture is shown here.</p>
          ) : (
            <figure data-testid="map-chosen">
              <Picture {...{ collection }} id={ids[chosen] as number} />
              <figcaption>
                <PlaceLink route={from(chosen)}>
                  {nameOf(chosen)}: find what looks like it
                </PlaceLink>
              </figcaption>
            </figure>
          )}
          <h2>Groups by {map.field}</h2>
          <ul className="plain" data-testid="map-groups">
            {values.map(({ value, count: images }, group) => (
              <li key={value}>
                <span
                  className="map-colour"
                  style={{ background: GROUP_COLOURS[group] ?? OTHER_COLOUR }}
                />
                <button
                  type="button"
                  className="link-button"
                  onClick={() => setChosen(groups.indexOf(group))}
                >
                  {value}
                </button>{' '}
                <span className="muted">{number(images)}</span>
              </li>
            ))}
            {groups.some((group) => group < 0) && (
              <li>
                <span className="map-colour" style={{ background: OTHER_COLOUR }} />
                <span className="muted">
                  another, or none: {number(groups.filter((group) => group < 0).length)}
                </span>
              </li>
            )}
          </ul>
          {beside.length > 0 && (
            <>
              <h2>Beside it</h2>
              <ul className="plain" data-testid="map-beside">
                {beside.map((each) => (
                  <li key={each}>
                    <button type="button" className="link-button" onClick={() => setChosen(each)}>
                      {nameOf(each)}
                    </button>
                  </li>
                ))}
              </ul>
            </>
          )}
        </div>
      </div>
    </>
  );
}

function Picture({ collection, id }: { collection: string; id: number }) {
  const { img, key, problem } = usePicture(thumbnailAddressById(collection, id));
  return problem ? <p className="muted">{problem.title}</p> : <img key={key} {...img} alt="" />;
}

/** The points; arrow keys go from one to the next, and Enter searches from it. */
function Canvas(props: {
  places: Float64Array;
  groups: readonly number[];
  chosen: number;
  choose: (point: number) => void;
  onKey: (event: KeyboardEvent) => void;
  name: string;
}) {
  const { places, groups, chosen, choose, onKey, name } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const box = canvas.current?.parentElement;
    if (!box) return;
    const observer = new ResizeObserver(() => setWidth(box.clientWidth));
    observer.observe(box);
    return () => observer.disconnect();
  }, []);
  const frame: Frame = { left: MARGIN, top: MARGIN, side: Math.max(1, width - 2 * MARGIN) };
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context || width === 0) return;
    const scale = devicePixelRatio;
    element.width = element.height = Math.round(width * scale);
    context.scale(scale, scale);
    const side = Math.max(1, width - 2 * MARGIN);
    drawScatter(context, { left: MARGIN, top: MARGIN, side }, { places, groups, chosen });
  }, [places, groups, chosen, width]);
  return (
    <div className="map-canvas">
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: it takes the arrow keys */}
      <canvas
        ref={canvas}
        role="application"
        aria-label={`${name}: ${groups.length} points. Arrow keys go from one to the next, Enter finds what looks like it.`}
        tabIndex={0}
        data-testid="map-canvas"
        onKeyDown={onKey}
        onClick={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          const x = (event.clientX - box.left - frame.left) / frame.side;
          const y = (event.clientY - box.top - frame.top) / frame.side;
          const reach = REACH / frame.side;
          const [point] = nearest(places, x, y, 1, (dx, dy) => Math.hypot(dx, dy) <= reach);
          choose(point ?? -1);
        }}
      />
    </div>
  );
}
