import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import type { CollectionSummary } from '../../../src/contract/shapes.ts';
import { type Crumb, type MoveOptions, move, usePlace } from '../state/history.ts';
import { leftOutText, sortFiles } from '../state/own-files.ts';
import { useWaiting } from '../state/queries.ts';
import { FRESH, formatRoute, hasPicture, type Route, START } from '../state/route.ts';
import { findUpload, keepUpload } from '../state/uploads.ts';
import { useDroppedFiles } from '../state/use-dropped-files.ts';
import { useScroll } from '../state/use-scroll.ts';
import { fillRoute, type Workspace, WorkspaceContext } from '../state/workspace.ts';
import { AddressNotice, Choices } from './address-notice.tsx';
import { Browse } from './browse.tsx';
import { FilterChips } from './filter-chips.tsx';
import { Footer } from './footer.tsx';
import { HelpSheet } from './help-sheet.tsx';
import { LinkedInstance } from './linked-instance.tsx';
import { SearchPage } from './search-page.tsx';
import { SideBar } from './side-bar.tsx';
import { EmptyBox, ErrorBox } from './states.tsx';
import { TopBar } from './top-bar.tsx';

/** The whole page once the collections are known. */
export function WorkspacePage({ collections }: { collections: readonly CollectionSummary[] }) {
  const place = usePlace();
  const { route, collection, encoder } = fillRoute(place.route, collections);
  const { entry } = place;
  const [helpOpen, setHelpOpen] = useState(false);
  const [sideOpen, setSideOpen] = useState(false);
  const [notice, setNotice] = useState('');
  const waiting = useWaiting();
  const focusWanted = useRef(false);
  /** How often files were given. */
  const takes = useRef(0);
  useScroll(place);

  const change = (changes: Partial<Route>, options?: MoveOptions) => {
    setNotice('');
    move({ ...route, ...changes }, options);
  };
  const ownPlace = entry.upload === null ? null : { ...route, key: entry.upload };
  const crumb = crumbOf(route, entry.upload);
  const extended = crumb ? [...entry.trail, crumb] : entry.trail;
  const canEncode = encoder?.available ?? false;
  const workspace: Workspace = {
    collections,
    collection,
    encoder,
    route,
    entry,
    change,
    address: (changes) => formatRoute({ ...route, ...changes }) || location.pathname,
    searchFrom: (id) => {
      focusWanted.current = true;
      change(
        { query: { kind: 'image', id }, text: '', ...FRESH },
        { upload: null, trail: extended },
      );
    },
    takeFocus: () => {
      const wanted = focusWanted.current;
      focusWanted.current = false;
      return wanted;
    },
    searchText: (text) => {
      const words = text.trim();
      if (words === route.text) return;
      if (hasPicture(route.query)) change({ text: words, compare: null }, { trail: extended });
      else if (words !== '') change({ query: { kind: 'text' }, text: words }, { trail: extended });
    },
    mark: (id, as) => {
      focusWanted.current = as !== null;
      const left = (ids: readonly number[]) => ids.filter((each) => each !== id);
      const more = as === 'more' ? [...left(route.more), id] : left(route.more);
      const less = as === 'less' ? [...left(route.less), id] : left(route.less);
      const feedback = less.length === 0 ? 'rocchio' : route.feedback;
      change({ more, less, feedback, compare: null });
    },
    searchWith: async (files) => {
      if (files.length === 0) return;
      if (!canEncode) {
        setNotice('The chosen encoder cannot encode new pictures on this server.');
        return;
      }
      const mine = ++takes.current;
      const settled = setTimeout(() => setNotice(`Looking through ${files.length} files…`), 300);
      const given = await sortFiles(files);
      clearTimeout(settled);
      // Others were given meanwhile.
      if (mine !== takes.current) return;
      const largest = [...given.series].sort((a, b) => b.files.length - a.files.length)[0];
      if (!largest) {
        setNotice(`There is no picture to search with. ${leftOutText(given.leftOut)}.`);
        return;
      }
      const first = given.series
        .slice(0, given.series.indexOf(largest))
        .reduce((sum, each) => sum + each.files.length, 1);
      const count = given.series.reduce((sum, each) => sum + each.files.length, 0);
      const file = first + Math.floor((largest.files.length - 1) / 2);
      change(
        { query: { kind: 'upload' }, text: '', ...FRESH, file },
        {
          upload: keepUpload(given),
          trail: [],
          // In place of a picture that a reload has forgotten.
          replace: route.query.kind === 'upload' && findUpload(ownPlace) === null,
        },
      );
      const name = largest.files[file - first]?.name;
      const of = given.series.length > 1 ? ` of ${given.series.length} series` : '';
      if (count > 1) setNotice(`${count} pictures${of}: ${name} is searched with.`);
    },
  };
  const closeSide = () => {
    const inside = document.getElementById('side-bar')?.contains(document.activeElement);
    setSideOpen(false);
    // Where the side bar goes away, so does what has the focus in it.
    if (inside) document.querySelector<HTMLElement>('.side-toggle')?.focus();
  };
  const dragging = useDroppedFiles(workspace.searchWith);

  useEffect(() => {
    document.title =
      route.query.kind === 'none'
        ? `${route.collection ?? ''} – Semblance`
        : `Similar images – ${route.collection ?? ''} – Semblance`;
  }, [route.query.kind, route.collection]);

  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (event.key === '?') {
      event.preventDefault();
      setHelpOpen(true);
      return;
    }
    if (document.querySelector('dialog[open]')) return;
    if (event.key === '/') {
      event.preventDefault();
      // At once, so that what is typed next goes into the box.
      flushSync(() => setSideOpen(true));
      document.getElementById('facet-search')?.focus();
    } else if (event.key === 'Escape') {
      if (sideOpen) closeSide();
    } else if (event.key.startsWith('Arrow') && document.activeElement === document.body) {
      const card = document.querySelector<HTMLElement>('[data-card-link][tabindex="0"]');
      if (card) {
        event.preventDefault();
        card.focus();
      }
    }
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent) => onKey(event);
    addEventListener('keydown', listener);
    return () => removeEventListener('keydown', listener);
  }, []);

  return (
    <WorkspaceContext value={workspace}>
      <button
        type="button"
        className="button skip-link"
        onClick={() => document.getElementById('main')?.focus()}
      >
        Skip to the images
      </button>
      <TopBar
        sideOpen={sideOpen}
        toggleSide={() => setSideOpen(!sideOpen)}
        openHelp={() => setHelpOpen(true)}
      />
      <div className={sideOpen ? 'shell side-open' : 'shell'}>
        <SideBar close={closeSide} />
        <main id="main" className="main" tabIndex={-1}>
          <div className={notice ? 'notice' : undefined} role="status">
            {notice && <p>{notice}</p>}
          </div>
          <div className={waiting ? 'notice' : undefined} role="status" data-testid="busy">
            {waiting && <p>The server is busy. This page asks again by itself in a moment…</p>}
          </div>
          <AddressNotice misread={place.misread} />
          <LinkedInstance />
          {collection === null ? (
            <EmptyBox title={`There is no collection “${route.collection ?? ''}” here`} level="h1">
              <p>There {collections.length === 1 ? 'is' : 'are'}:</p>
              <Choices
                names={collections}
                choose={(name) =>
                  change({ ...START, collection: name }, { upload: null, trail: [] })
                }
              />
            </EmptyBox>
          ) : collection.problem ? (
            <ErrorBox problem={collection.problem} level="h1" />
          ) : route.query.kind === 'none' ? (
            <Browse collection={collection} chips={<FilterChips />} />
          ) : (
            <SearchPage collection={collection} chips={<FilterChips />} />
          )}
        </main>
      </div>
      <Footer keys />
      {dragging && (
        <div className="drop-veil" aria-hidden="true">
          <p>
            {canEncode
              ? 'Drop pictures, a folder or a ZIP to search with them'
              : 'This encoder takes no pictures'}
          </p>
        </div>
      )}
      {helpOpen && <HelpSheet close={() => setHelpOpen(false)} />}
    </WorkspaceContext>
  );
}

function crumbOf(route: Route, upload: string | null): Crumb | null {
  const { query, text } = route;
  const words = text === '' ? {} : { text };
  if (query.kind === 'image') return { kind: 'image', id: query.id, ...words };
  if (query.kind === 'upload' && upload) {
    const { file, frame } = route;
    return { kind: 'upload', key: upload, file, frame, ...words };
  }
  return query.kind === 'text' ? { kind: 'text', text } : null;
}

function isTyping(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) {
    return !['checkbox', 'radio', 'button', 'range', 'file'].includes(target.type);
  }
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
