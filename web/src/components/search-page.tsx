import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { CollectionSummary, SearchResult } from '../../../src/contract/shapes.ts';
import { toProblem } from '../problems.ts';
import { focusMain } from '../state/focus.ts';
import { queryOf } from '../state/query.ts';
import { imageRequest, searchRequest } from '../state/requests.ts';
import { findUpload, searchedFiles, shownUpload } from '../state/uploads.ts';
import { besideOf, useWorkspace } from '../state/workspace.ts';
import type { CardItem } from './card.tsx';
import { CardGrid } from './card-grid.tsx';
import { Compare } from './compare/compare.tsx';
import { ComparisonColumns } from './comparison.tsx';
import { Documents } from './documents.tsx';
import { DropZone } from './drop-zone.tsx';
import { QueryPanel, type Subject } from './query-panel.tsx';
import { EmptyBox, ErrorBox, LoadingGrid } from './states.tsx';
import { Trail } from './trail.tsx';
import { VerdictBox } from './verdict.tsx';

/** The results of a search, with what was searched with above them. */
export function SearchPage(props: { collection: CollectionSummary; chips: ReactNode }) {
  const { collection } = props;
  const { route, entry, encoder, change } = useWorkspace();
  const { query } = route;
  const place =
    query.kind === 'upload' && entry.upload !== null
      ? { key: entry.upload, file: route.file, frame: route.frame }
      : null;
  const upload = findUpload(place);
  const lost = query.kind === 'upload' && upload === null;
  // Series and studies are searched for with all files, whichever of them is shown.
  const whole = route.level !== 'image' && route.region === null;
  const searchedPlace =
    place && upload && whole
      ? { ...place, file: route.level === 'series' ? upload.first : 1, frame: 1 }
      : place;
  const searchedWith = query.kind === 'image' ? query.id : searchedPlace;
  const queryName = JSON.stringify([collection.name, searchedWith, route.text]);
  // The image is shown also while the search runs, and when it fails.
  const image = useQuery({
    ...imageRequest(collection.name, query.kind === 'image' ? query.id : 0),
    enabled: query.kind === 'image',
  });
  const own = upload ? searchedFiles(upload, route.level, route.region !== null) : null;
  const known = image.data ?? null;
  const besides = { ...route, beside: besideOf(route, collection) };
  const wanted = queryOf(besides, own?.files.length ?? 0, known);
  // Whether a series is known decides what it is searched for with.
  const ready = route.level === 'image' || query.kind !== 'image' || known !== null;
  const search = useQuery({
    ...searchRequest(collection.name, searchedWith, route.text, wanted, own?.files ?? []),
    enabled: !lost && encoder !== null && ready,
  });
  const shown = useQuery({ ...shownUpload(place ?? NOWHERE), enabled: upload !== null });

  if (lost) {
    return (
      <>
        <Trail />
        <div className="state" data-testid="upload-lost">
          <div>
            <h1>The picture is no longer here</h1>
            <p>
              Your own pictures stay in the memory of this page only, and reloading it forgot this
              one. Please give it again: collection, encoder and filters are as they were.
            </p>
          </div>
        </div>
        <DropZone />
        {props.chips}
      </>
    );
  }

  // Without an encoder those of the one before would be meant.
  const result = encoder === null ? null : (search.data ?? null);
  const error = search.error ?? image.error;
  const queryImage = result?.query ?? image.data ?? null;
  const subject: Subject | null =
    upload && place
      ? {
          kind: 'upload',
          place,
          own: upload,
          picture: shown.data ?? null,
          problem: shown.error && toProblem(shown.error),
        }
      : query.kind === 'text'
        ? { kind: 'text' }
        : queryImage
          ? { kind: 'image', image: queryImage }
          : null;
  const neighbours = result?.neighbours ?? [];
  // Beside each other, the rankings are shown whole.
  const duplicates = result?.comparison
    ? []
    : neighbours.filter(({ nearDuplicate }) => nearDuplicate);
  const copies: CardItem[] = [
    ...(result?.copies ?? []).map((each) => ({ image: each })),
    ...duplicates.map((each) => toItem(each, result)),
  ];
  const others = neighbours.filter(({ nearDuplicate }) => !nearDuplicate);
  return (
    <>
      <Trail />
      {!image.error && <QueryPanel subject={subject} result={result} loading={search.isFetching} />}
      {props.chips}
      {encoder === null && (
        <EmptyBox title="Nothing to search with">
          <p>
            {collection.encoders.length > 0
              ? 'Choose an encoder that the collection has.'
              : 'The collection has no embeddings yet: index it with an encoder first.'}
          </p>
        </EmptyBox>
      )}
      {error && <ErrorBox problem={toProblem(error)} level={image.error ? 'h1' : 'h2'} />}
      {search.isFetching && !result && !error && (
        <LoadingGrid count={Math.min(route.count, 24)} text="Searching" />
      )}
      {result && neighbours.length + copies.length === 0 && (
        <EmptyBox title="No image to compare with">
          <p>No image of the collection is left after the filters and exclusions.</p>
          {route.where !== '' && (
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
          )}
        </EmptyBox>
      )}
      {result && neighbours.length + copies.length > 0 && (
        <div className={search.isFetching ? 'ageing' : undefined} aria-busy={search.isFetching}>
          <VerdictBox
            verdict={result.verdict}
            calibration={result.calibration}
            by={result.comparison ? (encoder?.title ?? null) : null}
          />
          <Documents
            key={JSON.stringify([queryName, wanted])}
            collection={collection}
            query={wanted}
            own={own?.files ?? []}
          />
          {copies.length > 0 && (
            <section className="copies" data-testid="copies" aria-labelledby="copies-title">
              <h2 id="copies-title">
                Copies and near-duplicates <span className="muted">{copies.length}</span>
              </h2>
              <CardGrid
                label="Copies and near-duplicates of the picture"
                name={`copies of ${queryName}`}
                items={copies}
                query={queryImage}
              />
              {others.length > 0 && <h2>Look-alikes</h2>}
            </section>
          )}
          {result.comparison ? (
            <ComparisonColumns
              neighbours={neighbours}
              comparison={result.comparison}
              calibration={result.calibration}
              query={queryImage}
              name={queryName}
            />
          ) : (
            <CardGrid
              label={
                query.kind === 'text'
                  ? 'Images that fit the text, the best first'
                  : 'Similar images, the most similar first'
              }
              name={queryName}
              items={others.map((each) => toItem(each, result))}
              query={queryImage}
              compared={route.compare}
            />
          )}
        </div>
      )}
      {route.compare !== null && subject && subject.kind !== 'text' && result && (
        <Compare
          collection={collection.name}
          subject={subject}
          neighbours={
            neighbours.some(({ image: each }) => each.id === route.compare)
              ? neighbours
              : (result.comparison?.neighbours ?? neighbours)
          }
          id={route.compare}
          result={result}
          searched={own?.files ?? []}
        />
      )}
    </>
  );
}

/** In place of an own picture where there is none. */
const NOWHERE = { key: '', file: 1, frame: 1 };

function toItem(
  neighbour: SearchResult['neighbours'][number],
  result: SearchResult | null,
): CardItem {
  const calibration = result?.calibration ?? null;
  return { image: neighbour.image, result: neighbour, calibration };
}
