import { listCollections } from './api.ts';
import { EmptyBox, ErrorBox, LoadingGrid } from './components/states.tsx';
import { WorkspacePage } from './components/workspace-page.tsx';
import { useResource } from './state/resource.ts';

/** The page: what there is to search in decides what is shown. */
export function App() {
  const { data, problem, retry } = useResource('collections', listCollections);
  if (problem) {
    return (
      <main className="lone">
        <ErrorBox problem={problem} retry={retry} />
      </main>
    );
  }
  if (!data) {
    return (
      <main className="lone">
        <LoadingGrid count={12} />
      </main>
    );
  }
  if (data.length === 0) {
    return (
      <main className="lone">
        <EmptyBox title="No collection yet">
          <p>A collection holds the images to search in. Make one from a folder of images:</p>
          <pre>
            <code>semblance index my-collection path/to/images</code>
          </pre>
          <p>Then load this page again.</p>
        </EmptyBox>
      </main>
    );
  }
  return <WorkspacePage collections={data} />;
}
