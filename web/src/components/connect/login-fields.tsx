import { useId } from 'react';
import { type Login, NO_LOGIN, type SignIn } from '../../state/archive.ts';
import { TextField } from './fields.tsx';

const KINDS: Readonly<Record<SignIn, string>> = {
  none: 'Not needed',
  password: 'User and password',
  token: 'Token',
};

/** How one signs in; what is typed is never filled in by the browser, or kept by it. */
export function LoginFields(props: { login: Login; change: (login: Login) => void }) {
  const { login, change } = props;
  const name = useId();
  return (
    <fieldset className="form-row">
      <legend>Signing in</legend>
      <div className="segments">
        {(Object.keys(KINDS) as SignIn[]).map((kind) => (
          <label key={kind}>
            <input
              type="radio"
              name={name}
              data-testid={`sign-in-${kind}`}
              checked={login.kind === kind}
              onChange={() => change({ ...NO_LOGIN, kind })}
            />
            <span>{KINDS[kind]}</span>
          </label>
        ))}
      </div>
      {login.kind === 'password' && (
        <div className="form-pair">
          <TextField
            label="User"
            testId="user"
            required
            autoComplete="off"
            spellCheck={false}
            value={login.user}
            set={(user) => change({ ...login, user })}
          />
          <TextField
            label="Password"
            testId="password"
            type="password"
            autoComplete="new-password"
            value={login.password}
            set={(password) => change({ ...login, password })}
          />
        </div>
      )}
      {login.kind === 'token' && (
        <TextField
          label="Token"
          testId="token"
          type="password"
          required
          autoComplete="new-password"
          value={login.token}
          set={(token) => change({ ...login, token })}
        />
      )}
    </fieldset>
  );
}
