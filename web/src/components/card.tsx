import type { Image, Neighbour, SearchResult } from '../../../src/contract/shapes.ts';
import { levelKey } from '../../../src/domain/levels.ts';
import { formatProbability } from '../../../src/domain/probability.ts';
import { FRESH, hasPicture } from '../state/route.ts';
import { useWorkspace } from '../state/workspace.ts';
import { cardFacts, formatSimilarity } from './describe.ts';
import { CompareIcon, MinusIcon, PlusIcon } from './icons.tsx';
import { imageName, isKept } from './identity.ts';
import { LabelList } from './label-list.tsx';
import { Thumbnail, ThumbnailOf } from './thumbnail.tsx';
import { probabilityTitle } from './verdict.tsx';

/** One image of a grid, with its rank and similarity when it is a result. */
export interface CardItem {
  image: Image;
  result?: Omit<Neighbour, 'image'>;
  /** Its rank by the other encoder of a comparison; null when it is not among those results. */
  rankThere?: number | null;
  /** What the result's probability rests on. */
  calibration?: SearchResult['calibration'];
}

/** So many labels of an image have a line on its card. */
const LABELS_SHOWN = 3;

/** So many of the matching images of a series or study. */
const MATCHES_SHOWN = 5;

/** A card: a link that searches from its image, and buttons that compare and mark. */
export function Card(props: {
  item: CardItem;
  query: Image | null;
  active: boolean;
  activate: () => void;
}) {
  const { collection, route, change, address, searchFrom, mark } = useWorkspace();
  const { image, result, rankThere, calibration } = props.item;
  const probable =
    calibration && result?.probability !== undefined
      ? `${formatProbability(result.probability)} same ${calibration.field}`
      : null;
  const { query } = props;
  const samePatient =
    query !== null &&
    query.patient !== null &&
    levelKey('patient', query) === levelKey('patient', image);
  const sameFile = query !== null && query.contentHash === image.contentHash;
  const more = result?.group?.more ?? 0;
  /** The images of a series or study that match, the one that is shown first. */
  const matching = [
    ...new Map(
      [...(result?.matches ?? [])]
        .sort((a, b) => b.similarity - a.similarity)
        .map((match) => [match.image, match]),
    ).values(),
  ];
  const best = matching.length;
  const tags = [
    sameFile && 'same file',
    samePatient && 'same patient',
    result?.nearDuplicate && 'near-duplicate',
    more > 0 && `+${more} of this ${result?.group?.level}`,
  ].filter((tag) => typeof tag === 'string');
  const tabIndex = props.active ? 0 : -1;
  // What the card shows over its picture or by its colours; the link's own text is read after it.
  const said = [
    samePatient && 'same patient as the query',
    sameFile && 'same file as the query',
    result?.nearDuplicate && 'near-duplicate of the query',
    more > 0 && `${more} more of this ${result?.group?.level}`,
    best > 1 && `${best} of its images match`,
    rankThere !== undefined &&
      (rankThere === null ? 'not found by the other encoder' : `rank ${rankThere} by the other`),
    imageName(collection, image),
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
          <Thumbnail image={image} />
          {result && (
            <span className="rank" aria-hidden="true">
              {result.rank}
            </span>
          )}
          {result && rankThere !== undefined && (
            <span
              className={rankThere === null ? 'move none' : 'move'}
              aria-hidden="true"
              data-testid="rank-there"
              title="Rank by the other encoder"
            >
              {moveText(result.rank, rankThere)}
            </span>
          )}
          {tags.length > 0 && (
            <span className="tags" aria-hidden="true">
              {tags.map((tag) => (
                <span key={tag} className="tag">
                  {tag}
                </span>
              ))}
            </span>
          )}
        </div>
        <a
          className="card-link"
          href={address({ query: { kind: 'image', id: image.id }, text: '', ...FRESH })}
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
          <span className="card-body">
            {result && (
              <span className="similarity-line">
                <span className="hidden">Rank {result.rank}, similarity </span>
                <span
                  className="similarity"
                  data-testid="similarity"
                  title={
                    route.feedback === 'logistic'
                      ? 'Cosine with the direction of the fitted model'
                      : 'Cosine similarity'
                  }
                >
                  {formatSimilarity(result.similarity)}
                </span>
                <span className="bar">
                  <span
                    style={{ width: `${Math.max(0, Math.min(1, result.similarity)) * 100}%` }}
                  />
                </span>
              </span>
            )}
            {probable && calibration && (
              <span
                className="probability"
                data-testid="probability"
                title={probabilityTitle(calibration)}
              >
                {probable}
              </span>
            )}
            <span className="labels">
              <LabelList labels={image.labels} shared={query?.labels ?? []} limit={LABELS_SHOWN} />
            </span>
            <span
              className="card-facts"
              dir="auto"
              title={isKept(collection, image) ? undefined : image.path}
            >
              {cardFacts(image) || imageName(collection, image)}
            </span>
            <span className="hidden">{said.filter(Boolean).join('; ')}</span>
          </span>
        </a>
        {best > 1 && (
          <div className="matches" data-testid="matches">
            {matching.slice(0, MATCHES_SHOWN).map(({ image: id, frame, similarity }) => (
              <span key={id} title={`Image ${id}, frame ${frame}: ${formatSimilarity(similarity)}`}>
                <ThumbnailOf id={id} />
              </span>
            ))}
            {best > MATCHES_SHOWN && <span>+{best - MATCHES_SHOWN}</span>}
          </div>
        )}
        {result && (
          <div className="card-tools">
            {hasPicture(route.query) && (
              <button
                type="button"
                aria-label={`Compare rank ${result.rank} with the query`}
                title="Compare with the query (c)"
                tabIndex={tabIndex}
                onClick={() => change({ compare: image.id })}
              >
                <CompareIcon />
              </button>
            )}
            {route.level === 'image' && (
              <>
                <button
                  type="button"
                  data-testid="more-like-this"
                  aria-label={`More like rank ${result.rank}`}
                  title="More like this (+)"
                  tabIndex={tabIndex}
                  onClick={() => mark(image.id, 'more')}
                >
                  <PlusIcon />
                </button>
                <button
                  type="button"
                  data-testid="less-like-this"
                  aria-label={`Less like rank ${result.rank}`}
                  title="Less like this (-)"
                  tabIndex={tabIndex}
                  onClick={() => mark(image.id, 'less')}
                >
                  <MinusIcon />
                </button>
              </>
            )}
          </div>
        )}
      </article>
    </li>
  );
}

/** How the other encoder ranks an image: higher, lower, equally or not at all. */
function moveText(here: number, there: number | null): string {
  if (there === null) return 'only here';
  if (there === here) return `= ${there}`;
  return there < here ? `▲ ${there}` : `▼ ${there}`;
}
