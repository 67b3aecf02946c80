import { TextField } from '../connect/fields.tsx';

/** A new password; the server says which ones it takes. */
export function NewPassword(props: { value: string; set: (value: string) => void }) {
  return (
    <TextField
      label="New password"
      testId="new-password"
      type="password"
      required
      minLength={12}
      maxLength={128}
      autoComplete="new-password"
      hint="At least 12 characters, for instance four words that have nothing to do with each other."
      {...props}
    />
  );
}
