import { type ReactNode, useRef } from 'react';
import type { CollectionSummary } from '../../src/contract/shapes.ts';
import { listCollections } from './api.ts';
import { Footer } from './components/footer.tsx';
import { LogoIcon } from './components/icons.tsx';
import { EmptyBox, ErrorBox, LoadingGrid } from './components/states.tsx';
import { WorkspacePage } from './components/workspace-page.tsx';
import { useRound } from './state/connection.ts';
import { useResource } from './state/resource.ts';

/** The page: what there is to search in decides what is shown. */
export function App() {
  // Asked for again with all that failed: a server that was started anew may hold other ones.
  const { data, problem } = useResource(
    JSON.stringify(['collections', useRound()]),
    listCollections,
    'collections',
  );
  const before = useRef<CollectionSummary[]>([]);
  if (data) before.current = data;
  if (before.current.length > 0) return <WorkspacePage collections={before.current} />;
  return (
    <Bare>
      {problem && <ErrorBox problem={problem} level="h1" />}
      {!problem && !data && (
        <>
          <h1 className="hidden">Semblance</h1>
          <LoadingGrid count={12} />
        </>
      )}
      {data && (
        <EmptyBox title="No collection yet" level="h1">
          <p>A collection holds the images to search in. Make one from a folder of images:</p>
          <pre>
            <code>semblance index path/to/images</code>
          </pre>
          <p>Then load this page again.</p>
        </EmptyBox>
      )}
    </Bare>
  );
}

/** The frame while there is no collection to work on. */
function Bare({ children }: { children: ReactNode }) {
  return (
    <>
      <header className="top-bar">
        <span className="brand">
          <LogoIcon />
          <span>Semblance</span>
        </span>
      </header>
      <main id="main" className="bare" tabIndex={-1}>
        {children}
      </main>
      <Footer />
    </>
  );
}
