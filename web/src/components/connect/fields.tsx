import { type ComponentProps, type ReactNode, useId, useState } from 'react';
import { COLLECTION_NAME } from '../../state/archive.ts';

type Input = Omit<ComponentProps<'input'>, 'onChange' | 'id' | 'value'>;

/** A field for a line of text, with its name above and a hint below; a secret is shown when that is wanted. */
export function TextField(
  props: Input & {
    label: string;
    testId: string;
    hint?: ReactNode;
    value: string;
    set: (value: string) => void;
  },
) {
  const { label, testId, hint, set, type = 'text', ...input } = props;
  const [shown, setShown] = useState(false);
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        data-testid={testId}
        type={shown ? 'text' : type}
        {...(hint ? { 'aria-describedby': `${id}-hint` } : {})}
        {...input}
        onChange={(event) => set(event.target.value)}
      />
      {type === 'password' && (
        <button
          type="button"
          className="link-button"
          aria-pressed={shown}
          onClick={() => setShown(!shown)}
        >
          Show
        </button>
      )}
      {hint && (
        <p id={`${id}-hint`} className="muted fine">
          {hint}
        </p>
      )}
    </div>
  );
}

/** A field for the name of a collection. */
export function CollectionNameField(props: {
  label: string;
  testId: string;
  value: string;
  set: (value: string) => void;
}) {
  return (
    <TextField
      required
      autoComplete="off"
      spellCheck={false}
      pattern={COLLECTION_NAME}
      title="Letters without accents, digits, dots, lines; no blanks"
      hint="Letters, digits, dots and lines; no blanks."
      {...props}
    />
  );
}

/** A field with a few choices, with its name above. */
export function ChoiceField(props: {
  label: string;
  testId: string;
  value: string;
  set: (value: string) => void;
  choices: readonly (readonly [value: string, text: string])[];
}) {
  const { label, testId, value, set, choices } = props;
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        data-testid={testId}
        value={value}
        onChange={(event) => set(event.target.value)}
      >
        {choices.map(([each, text]) => (
          <option key={each} value={each}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

/** A box that is checked (`yes`) or not. */
export function CheckField(props: {
  label: string;
  testId: string;
  value: string;
  set: (value: string) => void;
}) {
  const { label, testId, value, set } = props;
  return (
    <label className="check-field">
      <input
        type="checkbox"
        data-testid={testId}
        checked={value === 'yes'}
        onChange={(event) => set(event.target.checked ? 'yes' : '')}
      />
      <span>{label}</span>
    </label>
  );
}
