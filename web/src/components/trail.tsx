import { useQuery } from '@tanstack/react-query';
import type { Crumb } from '../state/history.ts';
import { FRESH, type Route } from '../state/route.ts';
import { type OwnPlace, shownUpload } from '../state/uploads.ts';
import { useWorkspace } from '../state/workspace.ts';
import { PictureIcon } from './icons.tsx';
import { ThumbnailOf } from './thumbnail.tsx';

/** The way to this search: each step leads back to it. */
export function Trail() {
  const { route, entry, change, address } = useWorkspace();
  const home = { query: { kind: 'none' }, text: '', ...FRESH } as const;
  return (
    <nav className="trail" aria-label="Searches before this one">
      <ol>
        <li>
          <a
            href={address(home)}
            onClick={(event) => {
              if (event.ctrlKey || event.metaKey || event.shiftKey) return;
              event.preventDefault();
              change(home, { upload: null, trail: [] });
            }}
          >
            All images
          </a>
        </li>
        {entry.trail.map((crumb, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: one image can be two steps of the trail
          <li key={`${index}-${JSON.stringify(crumb)}`}>
            <button
              type="button"
              className={crumb.kind === 'text' ? 'crumb crumb-text' : 'crumb'}
              title={crumb.text}
              aria-label={describe(crumb)}
              onClick={() =>
                change(
                  {
                    query:
                      crumb.kind === 'image'
                        ? { kind: 'image', id: crumb.id }
                        : { kind: crumb.kind },
                    text: crumb.text ?? '',
                    ...FRESH,
                    ...(crumb.kind === 'upload' && { file: crumb.file, frame: crumb.frame }),
                  },
                  {
                    upload: crumb.kind === 'upload' ? crumb.key : null,
                    trail: entry.trail.slice(0, index),
                  },
                )
              }
            >
              <CrumbPicture crumb={crumb} />
            </button>
          </li>
        ))}
        <li aria-current="page">{nameOf(route)}</li>
      </ol>
    </nav>
  );
}

function nameOf({ query, text }: Route): string {
  if (query.kind === 'text') return `“${text}”`;
  const picture = query.kind === 'image' ? `Image ${query.id}` : 'Your picture';
  return text === '' ? picture : `${picture} and “${text}”`;
}

function describe(crumb: Crumb): string {
  if (crumb.kind === 'text') return `Search with “${crumb.text}”`;
  const picture =
    crumb.kind === 'image' ? `Search from image ${crumb.id}` : 'Search with your picture';
  return crumb.text === undefined ? picture : `${picture} and “${crumb.text}”`;
}

function CrumbPicture({ crumb }: { crumb: Crumb }) {
  if (crumb.kind === 'text') return <span>“{crumb.text}”</span>;
  if (crumb.kind === 'image') return <ThumbnailOf id={crumb.id} />;
  return <OwnPicture place={crumb} />;
}

/** An own picture as far as it is here: it is not asked for. */
function OwnPicture({ place }: { place: OwnPlace }) {
  const { data } = useQuery({ ...shownUpload(place), enabled: false });
  return data ? <img src={data.address} alt="" /> : <PictureIcon />;
}
