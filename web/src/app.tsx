import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Footer } from './components/footer.tsx';
import { LogoIcon } from './components/icons.tsx';
import { EmptyBox, ErrorBox, LoadingGrid } from './components/states.tsx';
import { WorkspacePage } from './components/workspace-page.tsx';
import { toProblem } from './problems.ts';
import { collectionsRequest } from './state/requests.ts';

/** The page: what there is to search in decides what is shown. */
export function App() {
  const { data, error } = useQuery(collectionsRequest());
  if (data && data.length > 0) return <WorkspacePage collections={data} />;
  return (
    <Bare>
      {error && <ErrorBox problem={toProblem(error)} level="h1" />}
      {!error && !data && (
        <>
          <h1 className="hidden">Semblance</h1>
          <LoadingGrid count={12} />
        </>
      )}
      {!error && data && (
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
