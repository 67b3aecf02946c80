import { useState } from 'react';
import type {
  CollectionSummary,
  Image,
  Problem,
  SearchResult,
} from '../../../src/contract/shapes.ts';
import type { Region } from '../../../src/domain/region.ts';
import { pictureAddress, thumbnailAddress } from '../api.ts';
import { RESULT_COUNTS, type Route } from '../state/route.ts';
import type { OwnPicture, OwnPlace, ShownPicture } from '../state/uploads.ts';
import { usePicture } from '../state/use-picture.ts';
import { useWorkspace } from '../state/workspace.ts';
import { cardFacts, countLabels, formatBytes, hasPixels } from './describe.ts';
import { DropZone } from './drop-zone.tsx';
import { CompareIcon, RegionIcon } from './icons.tsx';
import { imageName, isKept } from './identity.ts';
import { LabelList, PathText } from './label-list.tsx';
import { Marks } from './marks.tsx';
import { OwnChoice } from './own-choice.tsx';
import { RegionSheet } from './region-sheet.tsx';
import { ResultOptions } from './result-options.tsx';
import { TextSearch } from './text-search.tsx';
import { NoPicture } from './thumbnail.tsx';

/** A picture that is searched with. */
export type PictureSubject =
  | { kind: 'image'; image: Image }
  | {
      kind: 'upload';
      /** Names the picture in memory. */
      place: OwnPlace;
      own: OwnPicture;
      /** What it is shown by; null until that is known. */
      picture: ShownPicture | null;
      /** Why it cannot be shown. */
      problem: Problem | null;
    };

/** What is searched with: a picture, or a text alone. */
export type Subject = PictureSubject | { kind: 'text' };

/** The query, how it was searched, and what the results are labelled with. */
export function QueryPanel(props: {
  subject: Subject | null;
  result: SearchResult | null;
  loading: boolean;
}) {
  const { collection, encoder, route, change } = useWorkspace();
  const { subject, result } = props;
  const [drawing, setDrawing] = useState(false);
  const first = result?.neighbours[0];
  const image = subject?.kind === 'image' ? subject.image : null;
  const labels = countLabels(result?.neighbours.map((each) => each.image) ?? []);
  return (
    <section className={subject?.kind === 'text' ? 'query wordy' : 'query'} aria-label="Query">
      {subject?.kind !== 'text' && (
        <div className="query-picture">
          <QueryPicture
            subject={subject}
            collection={collection?.name ?? ''}
            region={route.region}
            loading={props.loading}
          />
          {subject && encoder?.available && drawable(subject) && (
            <button
              type="button"
              className="region-button"
              data-testid="region-button"
              aria-label="Search with a part of the picture"
              title="Search with a part of the picture"
              onClick={() => setDrawing(true)}
            >
              <RegionIcon />
            </button>
          )}
        </div>
      )}
      <div className="query-text">
        <p className="over">
          {subject?.kind === 'text' ? `${LEVEL_NAMES[route.level]} that fit` : 'Similar to'}
        </p>
        <h1
          dir="auto"
          title={
            image && !isKept(collection, image) ? image.path : title(subject, route, collection)
          }
        >
          {title(subject, route, collection)}
        </h1>
        <p className="query-labels">
          {image && (
            <>
              <LabelList labels={image.labels} />
              <span className="muted">
                {[cardFacts(image), hasPixels(image) && `${image.width} × ${image.height}`]
                  .filter(Boolean)
                  .join(' · ')}
              </span>
            </>
          )}
          {subject?.kind === 'upload' && (
            <span className="muted">Your picture, {formatBytes(subject.own.file.size)}</span>
          )}
        </p>
        {subject?.kind === 'upload' && <OwnChoice {...subject} />}
        {/* Their counts would read like an answer where there is none. */}
        {labels.length > 0 && result && result.verdict?.good !== false && (
          <div className="label-counts">
            <span className="muted">Labels of these {result.neighbours.length}</span>
            {labels.slice(0, 4).map(({ label, count }) => (
              <span
                key={label}
                className={image?.labels.includes(label) ? 'label-count shared' : 'label-count'}
                title={label}
              >
                <b>{count}</b> <PathText text={label} />
              </span>
            ))}
            {labels.length > 4 && <span className="muted">and {labels.length - 4} more</span>}
          </div>
        )}
        <Marks result={result} />
        <p className="muted fine" role="status">
          {result
            ? withFrames(result) +
              `${result.candidates.toLocaleString('en')} images compared in ${formatTime(result.milliseconds.search)}` +
              (image && !route.region
                ? ''
                : `, query encoded in ${formatTime(result.milliseconds.encode)}`)
            : props.loading && 'Searching…'}
          {result &&
            result.missingEmbeddings > 0 &&
            `. ${result.missingEmbeddings.toLocaleString('en')} images have no embedding of ${route.beside?.kind === 'fuse' ? 'both encoders' : 'this encoder'} and are not found`}
          {result && result.notes.length > 0 && (
            <span data-testid="search-notes">. {result.notes.join(' ')}</span>
          )}
          {result?.texts.map(
            ({ text, tokens, used }) =>
              used < tokens && (
                <span key={text} data-testid="text-cut">
                  . The text is too long: {used} of its {tokens} tokens are used
                </span>
              ),
          )}
        </p>
      </div>
      <div className="query-tools">
        <div className="tool-row">
          <div className="segments" role="radiogroup" aria-label="Number of results">
            {countsWith(route.count).map((count) => (
              <label key={count}>
                <input
                  type="radio"
                  name="count"
                  data-testid={`count-${count}`}
                  value={count}
                  checked={route.count === count}
                  onChange={() => change({ count })}
                />
                <span>{count}</span>
              </label>
            ))}
          </div>
          {subject?.kind !== 'text' && (
            <button
              type="button"
              className="button"
              disabled={!first}
              onClick={() => first && change({ compare: first.image.id })}
            >
              <CompareIcon /> Compare
            </button>
          )}
        </div>
        <ResultOptions query={image} />
        <TextSearch key={route.text} />
        <DropZone small />
      </div>
      {drawing && subject && subject.kind !== 'text' && (
        <RegionSheet
          address={
            subject.kind === 'upload'
              ? (subject.picture?.address ?? '')
              : pictureAddress(collection?.name ?? '', subject.image)
          }
          size={
            subject.kind === 'upload'
              ? subject.picture
              : hasPixels(subject.image)
                ? subject.image
                : null
          }
          region={route.region}
          apply={(region) => {
            setDrawing(false);
            change({ region, compare: null });
          }}
          close={() => setDrawing(false)}
        />
      )}
    </section>
  );
}

/** What is found. */
const LEVEL_NAMES = { image: 'Images', series: 'Series', study: 'Studies' } as const;

/** Whether a part of the picture can be chosen: it is there, and can be shown. */
function drawable(subject: PictureSubject): boolean {
  return subject.kind === 'image' ? hasPixels(subject.image) : subject.picture !== null;
}

function title(
  subject: Subject | null,
  { query, text }: Route,
  collection: CollectionSummary | null,
): string {
  if (subject?.kind === 'text') return `“${text}”`;
  const picture =
    (subject?.kind === 'upload'
      ? subject.own.file.name
      : subject && imageName(collection, subject.image)) ||
    (query.kind === 'image' ? `Image ${query.id}` : 'Your picture');
  return text === '' ? picture : `${picture} and “${text}”`;
}

function QueryPicture(props: {
  subject: PictureSubject | null;
  collection: string;
  region: Region | null;
  loading: boolean;
}) {
  const { subject, collection, region } = props;
  const picture = usePicture(
    subject?.kind === 'image' ? thumbnailAddress(collection, subject.image) : '',
  );
  if (!subject) return props.loading ? <div className="skeleton query-skeleton" /> : null;
  if (subject.kind === 'image' && !hasPixels(subject.image)) {
    return <NoPicture text="Only its embedding was imported" />;
  }
  const problem = subject.kind === 'image' ? picture.problem : subject.problem;
  if (problem) {
    return (
      <div className="query-unseen" data-testid="query-image">
        <NoPicture text="Cannot be shown" problem={problem} />
      </div>
    );
  }
  // What is shown has other pixels than the picture that the region is of.
  const whole = subject.kind === 'image' ? subject.image : subject.picture;
  if (!whole) return <div className="skeleton query-skeleton" />;
  return (
    <>
      {subject.kind === 'image' ? (
        <img
          key={picture.key}
          {...picture.img}
          data-testid="query-image"
          alt="What is searched with"
        />
      ) : (
        <img data-testid="query-image" src={subject.picture?.address} alt="What is searched with" />
      )}
      {region && (
        <svg
          className="query-region"
          data-testid="query-region"
          viewBox={`0 0 ${whole.width} ${whole.height}`}
          aria-hidden="true"
        >
          <rect className="region-rectangle" {...region} />
        </svg>
      )}
    </>
  );
}

/** The offered numbers of results, and that of the address. */
function countsWith(count: number): number[] {
  return [...new Set([...RESULT_COUNTS, count])].sort((a, b) => a - b);
}

/** How many pictures stand for the query, where that is not one. */
function withFrames({ level, queryFrames }: SearchResult): string {
  if (level === 'image') return '';
  const count = queryFrames.length;
  return `${count} ${count === 1 ? 'picture' : 'pictures'} searched with, `;
}

function formatTime(milliseconds: number): string {
  if (milliseconds < 1) return 'under 1 ms';
  return milliseconds < 1000
    ? `${Math.round(milliseconds)} ms`
    : `${(milliseconds / 1000).toFixed(1)} s`;
}
