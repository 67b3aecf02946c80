import type { ReactNode } from 'react';
import { focusMain } from '../state/focus.ts';
import { useWorkspace } from '../state/workspace.ts';

/** So many of the parts that were not understood are named. */
const NAMED = 5;

/** What the address asks for and does not get: parts that say nothing, and encoders that are not there. */
export function AddressNotice({ misread }: { misread: readonly string[] }) {
  const { collection, encoder, route, change } = useWorkspace();
  const encoders = collection?.encoders ?? [];
  const { beside } = route;
  const others = encoders.filter(({ name }) => name !== encoder?.name);
  return (
    <>
      {misread.length > 0 && (
        <Notice testId="misread">
          <p>
            {misread.length === 1 ? 'A part' : `${misread.length} parts`} of the address{' '}
            {misread.length === 1 ? 'is' : 'are'} not understood here and left out:{' '}
            {misread.slice(0, NAMED).map((each, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the same may be written twice
              <span key={at}>
                {at > 0 && ', '}
                <code>{each.length > 80 ? `${each.slice(0, 80)}…` : each}</code>
              </span>
            ))}
            {misread.length > NAMED && ` and ${misread.length - NAMED} more`}.
          </p>
        </Notice>
      )}
      {collection && encoder === null && route.encoder && (
        <Notice testId="encoder-unknown">
          <p>
            There is no encoder <bdi>“{route.encoder}”</bdi> in this collection
            {encoders.length === 0 ? '; it has none yet.' : '. It has:'}
          </p>
          <Choices
            names={encoders}
            choose={(name) => change({ encoder: name, beside: null, compare: null })}
          />
        </Notice>
      )}
      {encoder && beside && !others.some(({ name }) => name === beside.encoder) && (
        <Notice testId="second-encoder-unknown">
          <p>
            {beside.encoder === encoder.name ? (
              <>The second encoder of the address is the first one, too.</>
            ) : (
              <>
                There is no second encoder <bdi>“{beside.encoder}”</bdi> in this collection.
              </>
            )}{' '}
            {encoder.title} is searched with alone.
            {others.length > 0 && ' It can be set beside:'}
          </p>
          <Choices
            names={others}
            choose={(name) => change({ beside: { ...beside, encoder: name }, compare: null })}
          />
        </Notice>
      )}
    </>
  );
}

/** Buttons with the names of what there is. */
export function Choices(props: {
  names: readonly { name: string; title?: string }[];
  choose: (name: string) => void;
}) {
  return (
    <div className="choices">
      {props.names.map(({ name, title = name }) => (
        <button
          key={name}
          type="button"
          className="button"
          onClick={() => {
            focusMain();
            props.choose(name);
          }}
        >
          <bdi>{title}</bdi>
        </button>
      ))}
    </div>
  );
}

function Notice({ testId, children }: { testId: string; children: ReactNode }) {
  return (
    <div className="notice" role="status" data-testid={testId}>
      {children}
    </div>
  );
}
