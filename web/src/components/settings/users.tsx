import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { User } from '../../../../src/contract/access.ts';
import type { CollectionSummary } from '../../../../src/contract/shapes.ts';
import { addUser, removeUser, setUserDisabled, setUserPassword, setUserRole } from '../../api.ts';
import { toProblem } from '../../problems.ts';
import { sessionRequest, usersRequest } from '../../state/requests.ts';
import { Failure } from '../connect/failure.tsx';
import { TextField } from '../connect/fields.tsx';
import { startAgain } from '../login.tsx';
import { ErrorBox, LoadingGrid } from '../states.tsx';
import { Confirm } from './confirm.tsx';
import { NewPassword } from './new-password.tsx';
import { type ChosenRole, NO_ROLE, RoleFields, roleChange, rolesText } from './role-fields.tsx';
import { UserSessions } from './sessions.tsx';
import { Toggle } from './toggle.tsx';

/** Names that the server takes; it says so, too. */
export const NAME = String.raw`[\p{L}\p{N}][\p{L}\p{N}._@\-]{0,63}`;

/** Who may use the server: added, changed, removed. */
export function UserSettings({ collections }: { collections: readonly CollectionSummary[] }) {
  const { data, error, refetch } = useQuery(usersRequest());
  const { data: session } = useQuery(sessionRequest());
  if (error) return <ErrorBox problem={toProblem(error)} />;
  if (!data) return <LoadingGrid count={3} />;
  return (
    <>
      <ul className="records" aria-label="Users">
        {data.map((user) => (
          <UserCard
            key={user.name}
            user={user}
            isOneself={user.name === session?.user}
            collections={collections}
            // Whoever changed himself is shown what he may do now.
            changed={() => (user.name === session?.user ? startAgain() : void refetch())}
          />
        ))}
      </ul>
      <AddUser
        isFirst={data.length === 0}
        collections={collections}
        added={() => (data.length === 0 ? startAgain() : void refetch())}
      />
    </>
  );
}

function UserCard(props: {
  user: User;
  isOneself: boolean;
  collections: readonly CollectionSummary[];
  changed: () => void;
}) {
  const { user, isOneself, collections, changed } = props;
  const { name, roles, disabled, provider } = user;
  const [open, setOpen] = useState<'role' | 'password' | 'sessions' | 'remove' | null>(null);
  const [chosen, setChosen] = useState<ChosenRole>(NO_ROLE);
  const [password, setPassword] = useState('');
  const doing = useMutation({
    mutationFn: (what: () => Promise<unknown>) => what(),
    onSuccess: () => {
      setOpen(null);
      setPassword('');
      changed();
    },
  });
  const toggle = (what: typeof open) => {
    doing.reset();
    setOpen(open === what ? null : what);
  };
  const submit = (what: () => Promise<unknown>) => (event: FormEvent) => {
    event.preventDefault();
    doing.mutate(what);
  };
  const problem = doing.error && toProblem(doing.error);
  return (
    <li className="task" data-testid="user" data-name={name}>
      <div className="task-head">
        <h2>{name}</h2>
        {isOneself && <span className="muted">you</span>}
        {disabled && <span className="muted">cannot log in</span>}
      </div>
      <p className="muted">
        {rolesText(roles)}
        {provider && `, as ${provider} says, where this user logs in`}
      </p>
      <div className="form-actions">
        {!provider && (
          <Toggle isOpen={open === 'role'} toggle={() => toggle('role')}>
            Change role
          </Toggle>
        )}
        {!isOneself && !provider && (
          <Toggle isOpen={open === 'password'} toggle={() => toggle('password')}>
            New password
          </Toggle>
        )}
        {!isOneself && (
          <Toggle isOpen={open === 'sessions'} toggle={() => toggle('sessions')}>
            Sessions
          </Toggle>
        )}
        <button
          type="button"
          className="button"
          disabled={doing.isPending}
          onClick={() => doing.mutate(() => setUserDisabled(name, !disabled))}
        >
          {disabled ? 'Let in again' : 'Keep out'}
        </button>
        <button type="button" className="button danger" onClick={() => toggle('remove')}>
          Remove
        </button>
      </div>
      {open === 'role' && (
        <form className="task-form" onSubmit={submit(() => setUserRole(name, roleChange(chosen)))}>
          <RoleFields none collections={collections} chosen={chosen} set={setChosen} />
          <div className="form-actions">
            <button type="submit" className="button primary" disabled={doing.isPending}>
              Give this role
            </button>
          </div>
        </form>
      )}
      {open === 'password' && (
        <form className="task-form" onSubmit={submit(() => setUserPassword(name, password))}>
          <NewPassword value={password} set={setPassword} />
          <div className="form-actions">
            <button type="submit" className="button primary" disabled={doing.isPending}>
              Set the password
            </button>
          </div>
        </form>
      )}
      {open === 'sessions' && <UserSessions user={name} />}
      <div role="status">{open !== 'remove' && problem && <Failure problem={problem} />}</div>
      {open === 'remove' && (
        <Confirm
          title={`Remove ${name}?`}
          action={`Remove ${name}`}
          waits={doing.isPending}
          problem={problem}
          confirm={() => doing.mutate(() => removeUser(name))}
          close={() => toggle('remove')}
        >
          <p>
            {name} is logged out and cannot log in any more. To let somebody in again later, choose
            “Keep out”.
          </p>
        </Confirm>
      )}
    </li>
  );
}

function AddUser(props: {
  isFirst: boolean;
  collections: readonly CollectionSummary[];
  added: () => void;
}) {
  const { isFirst, collections, added } = props;
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [chosen, setChosen] = useState<ChosenRole>(NO_ROLE);
  const adding = useMutation({
    mutationFn: () => {
      const role = isFirst ? { role: 'admin' as const } : roleChange(chosen);
      return addUser({ name: name.trim(), password, ...role });
    },
    onSuccess: () => {
      setName('');
      setPassword('');
      setChosen(NO_ROLE);
      added();
    },
  });
  return (
    <form
      className="archive-form"
      data-testid="add-user"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        adding.mutate();
      }}
    >
      <section aria-labelledby="add-user-head">
        <h2 id="add-user-head">{isFirst ? 'The first user' : 'Add a user'}</h2>
        {isFirst && (
          <p className="notice">
            Nobody is asked yet who he is. As soon as there is a user, everybody has to log in, you
            too; the first user is admin of every collection.
          </p>
        )}
        <TextField
          label="Name"
          testId="user-name"
          required
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          pattern={NAME}
          title="Letters, digits, and . _ @ - after the first of them; no blanks"
          value={name}
          set={setName}
        />
        <NewPassword value={password} set={setPassword} />
        {!isFirst && <RoleFields collections={collections} chosen={chosen} set={setChosen} />}
        <div role="status">{adding.error && <Failure problem={toProblem(adding.error)} />}</div>
        <div className="form-actions">
          <button
            type="submit"
            className="button primary"
            data-testid="add-user-button"
            disabled={adding.isPending}
          >
            Add the user
          </button>
        </div>
      </section>
    </form>
  );
}
