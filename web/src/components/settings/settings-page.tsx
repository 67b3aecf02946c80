import { useEffect } from 'react';
import type { CollectionSummary } from '../../../../src/contract/shapes.ts';
import { type Setting, START } from '../../state/route.ts';
import { useMaySet } from '../login.tsx';
import { PlaceLink } from '../place-link.tsx';
import { EmptyBox } from '../states.tsx';
import { CollectionSettings } from './collections.tsx';
import { EncoderSettings } from './encoders.tsx';
import { KeySettings } from './keys.tsx';
import { OwnPassword } from './own-password.tsx';
import { OwnSessions } from './sessions.tsx';
import { UserSettings } from './users.tsx';

const NAMES: Readonly<Record<Setting, string>> = {
  users: 'Users',
  keys: 'Keys',
  collections: 'Collections',
  encoders: 'Encoders',
  password: 'Your password',
  sessions: 'Your sessions',
};

/** What can be set, each for who may. */
export function SettingsPage(props: { shown: Setting; collections: readonly CollectionSummary[] }) {
  const { shown, collections } = props;
  const may = useMaySet();
  useEffect(() => {
    document.title = `${NAMES[shown]} – Semblance`;
  }, [shown]);
  const settings = {
    users: <UserSettings collections={collections} />,
    keys: <KeySettings collections={collections} />,
    collections: <CollectionSettings collections={collections} />,
    encoders: <EncoderSettings collections={collections} />,
    password: <OwnPassword />,
    sessions: <OwnSessions />,
  };
  return (
    <div className="connect" data-testid="settings">
      <PlaceLink className="back" route={START}>
        ‹ All images
      </PlaceLink>
      <nav className="settings-nav" aria-label="Settings">
        {may.map((each) => (
          <PlaceLink key={each} current={each === shown} route={{ ...START, settings: each }}>
            {NAMES[each]}
          </PlaceLink>
        ))}
      </nav>
      {may.includes(shown) ? (
        <>
          <h1>{NAMES[shown]}</h1>
          {settings[shown]}
        </>
      ) : (
        <EmptyBox title="You may not change this" level="h1">
          <p>Ask whoever runs this server for a role.</p>
        </EmptyBox>
      )}
    </div>
  );
}
