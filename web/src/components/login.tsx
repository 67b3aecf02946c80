import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import type { Problem } from '../../../src/contract/shapes.ts';
import { mayDo, mayDoSomewhere, type Role } from '../../../src/domain/roles.ts';
import { beginProvided, finishProvided, logIn, logOut } from '../api.ts';
import { toProblem } from '../problems.ts';
import { sessionRequest } from '../state/requests.ts';
import { SETTINGS, type Setting, START } from '../state/route.ts';
import { TextField } from './connect/fields.tsx';
import { PlaceLink } from './place-link.tsx';
import { ErrorBox } from './states.tsx';

/** All that is shown belongs to whoever was logged in before: nothing of it is kept. */
export const startAgain = () => location.reload();

/** Where whoever logs in by the provider was before. */
const PLACE = 'semblance-place';

/** What the provider sent the browser back with, taken out of the address before anything else is made of it. */
function takeAnswer(): string | null {
  const given = new URLSearchParams(location.search);
  if (!given.has('state') || !(given.has('code') || given.has('error'))) return null;
  const query = location.search.slice(1);
  history.replaceState(null, '', `${location.pathname}${sessionStorage.getItem(PLACE) ?? ''}`);
  sessionStorage.removeItem(PLACE);
  return query;
}
const answer = takeAnswer();
/** Taken to the server once, however often the form is drawn. */
let finishing: Promise<unknown> | undefined;

/** Asks who it is. */
export function LoginForm() {
  const { data: session } = useQuery(sessionRequest());
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState<Problem | null>(null);
  const [waits, setWaits] = useState(answer !== null);
  const failed = (error: unknown) => {
    setProblem(toProblem(error));
    setWaits(false);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the form is there
  useEffect(() => {
    if (answer === null) return;
    finishing ??= finishProvided(answer).then(startAgain);
    finishing.catch(failed);
  }, []);
  const goThere = () => {
    setWaits(true);
    sessionStorage.setItem(PLACE, location.search);
    beginProvided()
      .then((url) => location.assign(url))
      .catch(failed);
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setWaits(true);
    logIn(String(form.get('name')), password)
      .then(startAgain)
      .catch(failed);
  };
  return (
    <form className="login" data-testid="login" onSubmit={submit}>
      <h1>Log in</h1>
      {problem && <ErrorBox problem={problem} />}
      <div className="field">
        <label htmlFor="login-name">User</label>
        <input id="login-name" name="name" autoComplete="username" required />
      </div>
      <TextField
        label="Password"
        testId="login-password"
        type="password"
        autoComplete="current-password"
        required
        value={password}
        set={setPassword}
      />
      <button type="submit" className="button primary" disabled={waits}>
        Log in
      </button>
      {session?.provider && (
        <button type="button" className="button" disabled={waits} onClick={goThere}>
          Sign in with {session.provider}
        </button>
      )}
    </form>
  );
}

/** Who is logged in, and the way out. */
export function LoggedIn() {
  const { data } = useQuery(sessionRequest());
  if (!data?.user) return null;
  return (
    <span className="footer-user">
      {data.user}{' '}
      <button
        type="button"
        className="link-button"
        onClick={() =>
          void logOut()
            .then(({ url }) => (url === null ? startAgain() : location.assign(url)))
            .catch(startAgain)
        }
      >
        Log out
      </button>
    </span>
  );
}

/** Says all the time that nobody is asked who he is, where others reach the server. */
export function OpenNotice() {
  const { data } = useQuery(sessionRequest());
  if (!data?.open) return null;
  return (
    <p className="notice" role="note" data-testid="open-server">
      Others reach this server, and nobody is asked who he is: whoever finds it sees every image.
    </p>
  );
}

/** What whoever looks may set; nothing before that is known. */
export function useMaySet(): readonly Setting[] {
  const { data } = useQuery(sessionRequest());
  // Where others reach the server and nobody is asked who he is, it changes nothing.
  if (data === undefined || data.open) return [];
  const { roles, user, provided } = data;
  const may = (role: Role) => roles === null || mayDo(roles, role);
  const ofSome = roles !== null && mayDoSomewhere(roles, 'admin');
  return SETTINGS.filter((each) => {
    if (each === 'password') return user !== null && !provided;
    if (each === 'sessions') return user !== null;
    if (each === 'users' || each === 'keys') return may('admin');
    return may('editor') || ofSome;
  });
}

/** The way to what may be set. */
export function SettingsLink() {
  const [first] = useMaySet();
  if (first === undefined) return null;
  return (
    <PlaceLink className="link-button" route={{ ...START, settings: first }}>
      Settings
    </PlaceLink>
  );
}

/**
 * Whether whoever looks may add images; not before that is known.
 * @param collection the one that they go to; by default any
 */
export function useMayAdd(collection?: string): boolean {
  const { data } = useQuery(sessionRequest());
  if (data === undefined) return false;
  const { roles } = data;
  if (roles === null) return true;
  return collection ? mayDo(roles, 'editor', collection) : mayDoSomewhere(roles, 'editor');
}
