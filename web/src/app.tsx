import type { ReactNode } from 'react';
import { listCollections } from './api.ts';
import { Footer } from './components/footer.tsx';
import { LogoIcon } from './components/icons.tsx';
import { EmptyBox, ErrorBox, LoadingGrid } from './components/states.tsx';
import { WorkspacePage } from './components/workspace-page.tsx';
import { useResource } from './state/resource.ts';

/** The page: what there is to search in decides what is shown. */
export function App() {
  const { data, problem, retry } = useResource('collections', listCollections);
  if (data && data.length > 0) return <WorkspacePage collections={data} />;
  return (
    <Bare>
      {problem && <ErrorBox problem={problem} retry={retry} />}
      {!problem && !data && <LoadingGrid count={12} />}
      {data && (
        <EmptyBox title="No collection yet">
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
      <main className="bare">{children}</main>
      <Footer />
    </>
  );
}
