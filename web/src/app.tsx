import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { TasksPage } from './components/connect/tasks-page.tsx';
import { Footer } from './components/footer.tsx';
import { ArchiveIcon, FolderIcon, LogoIcon, PictureIcon } from './components/icons.tsx';
import { LoginForm, useMayAdd } from './components/login.tsx';
import { MapPage } from './components/map-page.tsx';
import { PlaceLink } from './components/place-link.tsx';
import { SettingsPage } from './components/settings/settings-page.tsx';
import { EmptyBox, ErrorBox, LoadingGrid } from './components/states.tsx';
import { WorkspacePage } from './components/workspace-page.tsx';
import { toProblem } from './problems.ts';
import { usePlace } from './state/history.ts';
import { collectionsRequest } from './state/requests.ts';
import { START } from './state/route.ts';

/** The page: what there is to search in decides what is shown. */
export function App() {
  const { data, error } = useQuery(collectionsRequest());
  const { route } = usePlace();
  if (data && route.tasks) {
    return (
      <Bare wide>
        <TasksPage
          shown={route.tasks}
          collection={route.collection}
          where={route.where}
          collections={data}
        />
      </Bare>
    );
  }
  if (data && route.settings) {
    return (
      <Bare wide>
        <SettingsPage shown={route.settings} collections={data} />
      </Bare>
    );
  }
  if (data && route.map) {
    return (
      <Bare wide>
        <MapPage route={route} collections={data} />
      </Bare>
    );
  }
  if (data && data.length > 0) return <WorkspacePage collections={data} />;
  if (error && toProblem(error).code === 'LOGIN_REQUIRED') {
    return (
      <Bare>
        <LoginForm />
      </Bare>
    );
  }
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
          <FirstCollection />
        </EmptyBox>
      )}
    </Bare>
  );
}

/** How the first collection is made, for who may. */
function FirstCollection() {
  const mayAdd = useMayAdd();
  if (!mayAdd) {
    return <p>Whoever runs this server has to make one, or to give you a role in one.</p>;
  }
  return (
    <>
      <p>A collection holds the images to search in. Make one from:</p>
      <p className="ways">
        <PlaceLink className="button primary" route={{ ...START, tasks: 'folder' }}>
          <FolderIcon /> A folder of the server
        </PlaceLink>
        <PlaceLink className="button" route={{ ...START, tasks: 'files' }}>
          <PictureIcon /> Your own files
        </PlaceLink>
        <PlaceLink className="button" route={{ ...START, tasks: 'archive' }}>
          <ArchiveIcon /> An archive (PACS)
        </PlaceLink>
      </p>
      <p className="muted">Or on the command line, then load this page again:</p>
      <pre>
        <code>semblance index path/to/images</code>
      </pre>
    </>
  );
}

/** The frame while there is no collection to work on. */
function Bare({ children, wide = false }: { children: ReactNode; wide?: boolean }) {
  return (
    <>
      <header className="top-bar short">
        <PlaceLink className="brand" label="Semblance: all images" route={START}>
          <LogoIcon />
          <span>Semblance</span>
        </PlaceLink>
      </header>
      <main id="main" className={wide ? 'bare wide' : 'bare'} tabIndex={-1}>
        {children}
      </main>
      <Footer />
    </>
  );
}
