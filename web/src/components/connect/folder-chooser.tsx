import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type KeyboardEvent, useEffect, useEffectEvent, useRef, useState } from 'react';
import { toProblem } from '../../problems.ts';
import { foldersRequest } from '../../state/requests.ts';
import { FileIcon, FolderIcon } from '../icons.tsx';
import { Failure } from './failure.tsx';
import { count } from './figures.ts';

/** What is chosen: a folder, or a file that names images. */
export interface ChosenPlace {
  path: string;
  name: string;
}

/** Chooses a folder of the server's machine: the one that is open, or a file in it. */
export function FolderChooser(props: {
  chosen: ChosenPlace | null;
  set: (chosen: ChosenPlace | null) => void;
}) {
  const { chosen, set } = props;
  const roots = useQuery(foldersRequest(undefined));
  const [at, setAt] = useState<string | undefined>();
  const listing = useQuery({ ...foldersRequest(at), placeholderData: keepPreviousData });
  const list = useRef<HTMLUListElement>(null);
  /** Whether the focus is to go into the next listing, and to which entry of it. */
  const wanted = useRef<string | null>(null);
  const { data, error } = listing;
  const isOld = listing.isPlaceholderData || (error !== null && at !== data?.path);

  const open = (path: string | undefined, focus: string | null = '') => {
    wanted.current = focus;
    setAt(path);
    set(path === undefined ? null : { path, name: lastOf(path) });
  };
  useEffect(() => {
    if (isOld || data === undefined || wanted.current === null) return;
    const entries = [...(list.current?.querySelectorAll<HTMLElement>('button') ?? [])];
    const entry = entries.find(({ dataset }) => dataset.path === wanted.current) ?? entries[0];
    wanted.current = null;
    (entry ?? list.current)?.focus();
  }, [data, isOld]);

  const onKeyDown = (event: KeyboardEvent<HTMLUListElement>) => {
    const entries = [...event.currentTarget.querySelectorAll<HTMLElement>('button')];
    const now = entries.indexOf(document.activeElement as HTMLElement);
    const next = new Map([
      ['ArrowDown', Math.min(now + 1, entries.length - 1)],
      ['ArrowUp', Math.max(now - 1, 0)],
      ['Home', 0],
      ['End', entries.length - 1],
    ]).get(event.key);
    const goesUp = event.key === 'ArrowLeft' || event.key === 'Backspace';
    const goesIn = event.key === 'ArrowRight' && entries[now]?.dataset.folder !== undefined;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (next !== undefined) entries[next]?.focus();
    else if (goesIn) entries[now]?.click();
    else if (goesUp && data?.path) open(data.parent ?? undefined, data.path);
    else return;
    event.preventDefault();
  };

  const forget = useEffectEvent(() => set(null));
  useEffect(() => {
    // What cannot be opened cannot be indexed.
    if (error !== null) forget();
  }, [error]);

  const crumbs = crumbsOf(
    at,
    (roots.data?.folders ?? []).map(({ path }) => path),
  );
  const problem = error ?? roots.error;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a field set is drawn as one
    <div className="folders" role="group" aria-label="Folders of the server" data-testid="folders">
      <nav aria-label="Where you are">
        <ol className="crumbs">
          <li>
            <button
              type="button"
              className="link-button"
              aria-current={at === undefined ? 'true' : undefined}
              onClick={() => open(undefined)}
            >
              All folders
            </button>
          </li>
          {crumbs.map(({ name, path }) => (
            <li key={path}>
              <button
                type="button"
                className="link-button"
                aria-current={path === at ? 'true' : undefined}
                onClick={() => open(path)}
              >
                {name}
              </button>
            </li>
          ))}
        </ol>
      </nav>
      {problem ? (
        <Failure problem={toProblem(problem)}>
          <div className="form-actions">
            <button type="button" className="button" onClick={() => open(undefined)}>
              Back to all folders
            </button>
          </div>
        </Failure>
      ) : (
        <ul
          ref={list}
          className={data?.folders.length || data?.files.length ? 'folder-list' : 'hidden'}
          aria-busy={isOld || data === undefined}
          aria-label="What is in it"
          tabIndex={-1}
          onKeyDown={onKeyDown}
        >
          {(data?.folders ?? []).map(({ name, path }, at) => (
            <li key={path}>
              <button
                type="button"
                data-path={path}
                data-folder
                tabIndex={at === 0 ? 0 : -1}
                onClick={() => open(path)}
              >
                <FolderIcon />
                <span className="hidden">Open </span>
                {name}
              </button>
            </li>
          ))}
          {(data?.files ?? []).map(({ name, path }, at) => (
            <li key={path}>
              <button
                type="button"
                data-path={path}
                tabIndex={at === 0 && data?.folders.length === 0 ? 0 : -1}
                aria-pressed={chosen?.path === path}
                onClick={() => {
                  const folder = data?.path ? { path: data.path, name: lastOf(data.path) } : null;
                  set(chosen?.path === path ? folder : { path, name });
                }}
              >
                <FileIcon />
                {name}
              </button>
            </li>
          ))}
        </ul>
      )}
      {data && !problem && (
        <p className="muted fine" role="status" data-testid="folder-state">
          {stateOf(data)}
        </p>
      )}
      <p data-testid="folder-chosen" className="folder-chosen">
        {chosen === null ? (
          <span className="muted">Open the folder that has the images.</span>
        ) : (
          <>
            Will be indexed: <code>{chosen.path}</code>
            {data?.path === chosen.path && ', with the folders in it'}
          </>
        )}
      </p>
    </div>
  );
}

/** What else is to be known of a folder. */
function stateOf({
  path,
  folders,
  files,
  others,
  cut,
}: {
  path: string | null;
  folders: readonly unknown[];
  files: readonly unknown[];
  others: number;
  cut: boolean;
}): string {
  if (path === null) return 'These folders of the server may be indexed.';
  if (folders.length + files.length + others === 0) return 'This folder is empty.';
  const parts = [
    folders.length > 0 && count(folders.length, 'folder', 'folders'),
    files.length > 0 &&
      `${count(files.length, 'table or archive', 'tables and archives')}, of which one can be chosen`,
    others > 0 && count(others, 'file', 'files'),
  ];
  const more = cut ? ' There are more folders than are listed; all of them are indexed.' : '';
  return `In it: ${parts.filter(Boolean).join(', ')}.${more}`;
}

function lastOf(path: string): string {
  return path.split(/[\\/]/).findLast(Boolean) ?? path;
}

/** The folders on the way to one, from the one that may be read. */
function crumbsOf(at: string | undefined, roots: readonly string[]) {
  if (at === undefined) return [];
  const separator = at.includes('\\') ? '\\' : '/';
  const within = (root: string) =>
    at === root || at.startsWith(root.endsWith(separator) ? root : root + separator);
  const root = roots.filter(within).sort((a, b) => b.length - a.length)[0] ?? at;
  const crumbs = [{ name: root, path: root }];
  for (const name of at.slice(root.length).split(separator).filter(Boolean)) {
    const before = crumbs.at(-1)?.path ?? '';
    const path = before.endsWith(separator) ? before + name : before + separator + name;
    crumbs.push({ name, path });
  }
  return crumbs;
}
