import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { OwnSession } from '../../../../src/contract/access.ts';
import { endSession, endUserSession } from '../../api.ts';
import { toProblem } from '../../problems.ts';
import { sessionRequest, sessionsRequest } from '../../state/requests.ts';
import { Failure } from '../connect/failure.tsx';
import { TextField } from '../connect/fields.tsx';
import { startAgain } from '../login.tsx';
import { ErrorBox, LoadingGrid } from '../states.tsx';

const when = (time: number) =>
  new Date(time).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' });

/** Where one is logged in oneself; a password has to be given once more to end it elsewhere. */
export function OwnSessions() {
  const { data: session } = useQuery(sessionRequest());
  const [password, setPassword] = useState('');
  const needed = session !== undefined && !session.provided;
  return (
    <>
      <p className="muted">
        End what you do not know or do not use any more. A new password ends all of them.
      </p>
      {needed && (
        <TextField
          label="Your password, to end one"
          testId="session-password"
          type="password"
          autoComplete="current-password"
          value={password}
          set={setPassword}
        />
      )}
      <Sessions
        user={null}
        end={(id) => endSession(id, needed ? password : undefined)}
        disabled={needed && password === ''}
      />
    </>
  );
}

/** Where a user is logged in. */
export function UserSessions({ user }: { user: string }) {
  return <Sessions user={user} end={(id) => endUserSession(user, id)} />;
}

function Sessions(props: {
  /** Null for whoever looks. */
  user: string | null;
  end: (id: number) => Promise<unknown>;
  disabled?: boolean;
}) {
  const { user, end, disabled = false } = props;
  const { data, error, refetch } = useQuery(sessionsRequest(user));
  const ending = useMutation({
    mutationFn: ({ id }: OwnSession) => end(id),
    onSuccess: (_, { current }) => (current ? startAgain() : void refetch()),
  });
  if (error) return <ErrorBox problem={toProblem(error)} />;
  if (!data) return <LoadingGrid count={1} />;
  return (
    <>
      {data.length === 0 && <p className="muted">Logged in nowhere.</p>}
      <ul className="records" aria-label={user === null ? 'Your sessions' : `Sessions of ${user}`}>
        {data.map((each) => (
          <li key={each.id} className="task" data-testid="session">
            <form
              onSubmit={(event: FormEvent) => {
                event.preventDefault();
                ending.mutate(each);
              }}
            >
              <div className="task-head">
                <strong>{each.browser ?? 'A browser that is not known'}</strong>
                {each.current && <span className="muted">this one</span>}
              </div>
              <p className="muted">
                Since {when(each.begun)}, last used {when(each.used)}
              </p>
              <div className="form-actions">
                <button type="submit" className="button" disabled={disabled || ending.isPending}>
                  End it
                </button>
              </div>
            </form>
          </li>
        ))}
      </ul>
      <div role="status">{ending.error && <Failure problem={toProblem(ending.error)} />}</div>
    </>
  );
}
