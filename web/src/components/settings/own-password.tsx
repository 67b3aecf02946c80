import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { changePassword } from '../../api.ts';
import { toProblem } from '../../problems.ts';
import { Failure } from '../connect/failure.tsx';
import { TextField } from '../connect/fields.tsx';
import { startAgain } from '../login.tsx';
import { NewPassword } from './new-password.tsx';

/** Changes one's own password. */
export function OwnPassword() {
  const [old, setOld] = useState('');
  const [password, setPassword] = useState('');
  const changing = useMutation({
    mutationFn: () => changePassword(old, password),
    onSuccess: startAgain,
  });
  return (
    <form
      className="archive-form"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        changing.mutate();
      }}
    >
      <section>
        <p className="muted">You log in again with it, here and wherever else you are logged in.</p>
        <TextField
          label="Your password now"
          testId="old-password"
          type="password"
          required
          autoComplete="current-password"
          value={old}
          set={setOld}
        />
        <NewPassword value={password} set={setPassword} />
        <div role="status">{changing.error && <Failure problem={toProblem(changing.error)} />}</div>
        <div className="form-actions">
          <button
            type="submit"
            className="button primary"
            data-testid="change-password"
            disabled={changing.isPending}
          >
            Change the password
          </button>
        </div>
      </section>
    </form>
  );
}
