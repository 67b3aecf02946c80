import { thumbnailAddressById } from '../api.ts';
import type { Crumb } from '../state/history.ts';
import { findUpload } from '../state/uploads.ts';
import { useWorkspace } from '../state/workspace.ts';
import { PictureIcon } from './icons.tsx';

/** The way to this search: each step leads back to it. */
export function Trail() {
  const { route, entry, change, address } = useWorkspace();
  const home = { query: { kind: 'none' }, compare: null } as const;
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
          <li key={`${index}-${crumb.kind === 'image' ? crumb.id : crumb.key}`}>
            <button
              type="button"
              className="crumb"
              aria-label={
                crumb.kind === 'image'
                  ? `Search from image ${crumb.id}`
                  : 'Search with your picture'
              }
              onClick={() =>
                change(
                  {
                    query:
                      crumb.kind === 'image' ? { kind: 'image', id: crumb.id } : { kind: 'upload' },
                    compare: null,
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
        <li aria-current="page">
          {route.query.kind === 'image' ? `Image ${route.query.id}` : 'Your picture'}
        </li>
      </ol>
    </nav>
  );
}

function CrumbPicture({ crumb }: { crumb: Crumb }) {
  const { collection } = useWorkspace();
  const address =
    crumb.kind === 'image'
      ? thumbnailAddressById(collection?.name ?? '', crumb.id)
      : findUpload(crumb.key)?.address;
  return address ? <img src={address} alt="" /> : <PictureIcon />;
}
