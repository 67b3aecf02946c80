import { readWhere } from '../state/filters.ts';
import { type Beside, FRESH, START } from '../state/route.ts';
import { useWorkspace } from '../state/workspace.ts';
import { FilterIcon, LogoIcon, PlusIcon } from './icons.tsx';
import { useMayAdd } from './login.tsx';
import { PlaceLink } from './place-link.tsx';

/** Name, collection, encoder, help. */
export function TopBar(props: { sideOpen: boolean; toggleSide: () => void; openHelp: () => void }) {
  const { collections, collection, encoder, route, change, address } = useWorkspace();
  const mayAdd = useMayAdd();
  const home = { query: START.query, text: '', where: '', ...FRESH } as const;
  const encoders = collection?.encoders ?? [];
  const conditions = readWhere(route.where)?.length ?? 1;
  return (
    <header className="top-bar">
      <a
        className="brand"
        href={address(home)}
        aria-label="Semblance: all images"
        onClick={(event) => {
          if (event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          change(home, { upload: null, trail: [] });
        }}
      >
        <LogoIcon />
        <span>Semblance</span>
      </a>
      <label className="chooser">
        <span>Collection</span>
        <select
          data-testid="collection-select"
          value={route.collection ?? ''}
          onChange={(event) =>
            change({ ...START, collection: event.target.value }, { upload: null, trail: [] })
          }
        >
          {collection === null && <option value={route.collection ?? ''}>–</option>}
          {collections.map((each) => (
            <option key={each.name} value={each.name}>
              {each.name} ({each.images.toLocaleString('en')})
            </option>
          ))}
        </select>
      </label>
      <label className="chooser chooser-wide">
        <span>Encoder</span>
        <select
          data-testid="encoder-select"
          value={route.encoder ?? ''}
          disabled={encoders.length === 0}
          onChange={(event) => change({ encoder: event.target.value, beside: null, compare: null })}
        >
          {encoder === null && (
            <option value={route.encoder ?? ''}>
              {route.encoder ? `${route.encoder} (not in this collection)` : 'none yet'}
            </option>
          )}
          {encoders.map((each) => (
            <option key={each.name} value={each.name}>
              {each.title}
            </option>
          ))}
        </select>
      </label>
      {encoder && encoders.length > 1 && (
        <label className="chooser chooser-second">
          <span className="hidden">Second encoder</span>
          <select
            data-testid="beside-select"
            title="A second encoder: its ranking fused with the first, or beside it"
            value={route.beside ? `${route.beside.kind} ${route.beside.encoder}` : ''}
            onChange={(event) => {
              const [kind, name] = event.target.value.split(' ');
              const beside = name ? { kind: kind as Beside['kind'], encoder: name } : null;
              change({ beside, compare: null });
            }}
          >
            <option value="">alone</option>
            {(['fuse', 'versus'] as const).map((kind) => (
              <optgroup
                key={kind}
                label={kind === 'fuse' ? 'One ranking of both' : 'Two rankings, side by side'}
              >
                {encoders
                  .filter(({ name }) => name !== encoder.name)
                  .map(({ name, title }) => (
                    <option key={name} value={`${kind} ${name}`}>
                      {kind === 'fuse' ? `fused with ${title}` : `beside ${title}`}
                    </option>
                  ))}
              </optgroup>
            ))}
          </select>
        </label>
      )}
      <span className="spacer" />
      {mayAdd && (
        <PlaceLink
          className="button connect-link"
          label="Add images"
          route={{ ...START, tasks: 'add' }}
        >
          <PlusIcon /> <span>Add images</span>
        </PlaceLink>
      )}
      <button
        type="button"
        className="button side-toggle"
        aria-expanded={props.sideOpen}
        aria-controls="side-bar"
        onClick={props.toggleSide}
      >
        <FilterIcon /> Filters
        {conditions > 0 && <span className="badge">{conditions}</span>}
      </button>
      <button
        type="button"
        className="button icon-button"
        aria-label="Help and keys"
        title="Help and keys (?)"
        onClick={props.openHelp}
      >
        ?
      </button>
    </header>
  );
}
