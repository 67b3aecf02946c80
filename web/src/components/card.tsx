import type { Image } from '../../../src/server/schemas.ts';
import { thumbnailAddress } from '../api.ts';
import { hasPicture } from '../state/route.ts';
import { useWorkspace } from '../state/workspace.ts';
import { cardFacts, fileName, formatSimilarity } from './describe.ts';
import { CompareIcon } from './icons.tsx';
import { LabelList } from './label-list.tsx';

/** One image of a grid, with its rank and similarity when it is a result. */
export interface CardItem {
  image: Image;
  result?: { rank: number; similarity: number };
}

/** A card: a link that searches from its image, and a button that compares. */
export function Card(props: {
  item: CardItem;
  query: Image | null;
  active: boolean;
  activate: () => void;
}) {
  const { collection, route, change, address, searchFrom } = useWorkspace();
  const { image, result } = props.item;
  const { query } = props;
  const samePatient = query?.patient != null && query.patient === image.patient;
  const sameFile = query !== null && query.contentHash === image.contentHash;
  const tabIndex = props.active ? 0 : -1;
  const name = [
    result && `Rank ${result.rank}, similarity ${formatSimilarity(result.similarity)}`,
    image.labels.join(', ') || 'no label',
    cardFacts(image),
    samePatient && 'same patient as the query',
    sameFile && 'same file as the query',
    fileName(image),
  ];
  return (
    <li className="cell">
      <article
        className="card"
        data-testid={result ? 'result-card' : 'browse-card'}
        data-image-id={image.id}
        data-rank={result?.rank}
      >
        <div className="thumb">
          <img
            src={thumbnailAddress(collection?.name ?? '', image)}
            alt=""
            loading="lazy"
            decoding="async"
            draggable={false}
          />
          {result && <span className="rank">{result.rank}</span>}
          {(samePatient || sameFile) && (
            <span className="tags">
              {sameFile && <span className="tag">same file</span>}
              {samePatient && <span className="tag">same patient</span>}
            </span>
          )}
        </div>
        <a
          className="card-link"
          href={address({ query: { kind: 'image', id: image.id }, text: '', compare: null })}
          title={image.path}
          tabIndex={tabIndex}
          data-card-link
          draggable={false}
          onFocus={props.activate}
          onClick={(event) => {
            if (event.ctrlKey || event.metaKey || event.shiftKey) return;
            event.preventDefault();
            searchFrom(image.id);
          }}
        >
          <span className="hidden">{name.filter(Boolean).join('; ')}</span>
        </a>
        <div className="card-body">
          {result && (
            <div className="similarity-line">
              <span className="similarity" data-testid="similarity" title="Cosine similarity">
                {formatSimilarity(result.similarity)}
              </span>
              <span className="bar">
                <span style={{ width: `${Math.max(0, Math.min(1, result.similarity)) * 100}%` }} />
              </span>
            </div>
          )}
          <div className="labels">
            <LabelList labels={image.labels} shared={query?.labels ?? []} />
          </div>
          <div className="card-facts">{cardFacts(image) || fileName(image)}</div>
        </div>
        {result && hasPicture(route.query) && (
          <button
            type="button"
            className="card-compare"
            aria-label={`Compare rank ${result.rank} with the query`}
            title="Compare with the query (c)"
            tabIndex={tabIndex}
            onClick={() => change({ compare: image.id })}
          >
            <CompareIcon />
          </button>
        )}
      </article>
    </li>
  );
}
