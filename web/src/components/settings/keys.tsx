import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import type { ApiKey, NewApiKey } from '../../../../src/contract/access.ts';
import type { CollectionSummary } from '../../../../src/contract/shapes.ts';
import { addKey, revokeKey } from '../../api.ts';
import { toProblem } from '../../problems.ts';
import { keysRequest } from '../../state/requests.ts';
import { Failure } from '../connect/failure.tsx';
import { TextField } from '../connect/fields.tsx';
import { CheckIcon } from '../icons.tsx';
import { ErrorBox, LoadingGrid } from '../states.tsx';
import { Confirm } from './confirm.tsx';
import { type ChosenRole, NO_ROLE, RoleFields, roleChange, rolesText } from './role-fields.tsx';
import { NAME } from './users.tsx';

const DAYS = 90;
const LONGEST = 366;
const day = (time: number) => new Date(time).toISOString().slice(0, 10);

/** Keys with which programs use the server: made, shown once, revoked. */
export function KeySettings({ collections }: { collections: readonly CollectionSummary[] }) {
  const { data, error, refetch } = useQuery(keysRequest());
  const [made, setMade] = useState<NewApiKey | null>(null);
  if (error) return <ErrorBox problem={toProblem(error)} />;
  if (!data) return <LoadingGrid count={3} />;
  return (
    <>
      <p className="muted">A program that uses this server sends a key in place of a password.</p>
      {made && <NewKey made={made} done={() => setMade(null)} />}
      <ul className="records" aria-label="Keys">
        {data.map((key) => (
          <KeyCard key={key.id} apiKey={key} changed={() => void refetch()} />
        ))}
      </ul>
      <AddKey
        collections={collections}
        added={(key) => {
          setMade(key);
          scrollTo(0, 0);
          void refetch();
        }}
      />
    </>
  );
}

/** The secret of a key that was just made, which is nowhere else. */
function NewKey({ made, done }: { made: NewApiKey; done: () => void }) {
  const field = useRef<HTMLInputElement>(null);
  const [told, setTold] = useState('');
  const copy = async () => {
    field.current?.select();
    try {
      await navigator.clipboard.writeText(made.secret);
      setTold('Copied.');
    } catch {
      // Without TLS a browser gives pages no clipboard.
      setTold('It is selected: copy it with Ctrl+C.');
    }
  };
  return (
    <div className="outcome outcome-good" data-testid="new-key">
      <CheckIcon />
      <div>
        <p className="outcome-title">The key for {made.name}, shown this once</p>
        <p>Copy it now into the program that it is for. It holds until {day(made.ends)}.</p>
        <div className="field">
          <input
            ref={field}
            readOnly
            aria-label="The key"
            data-testid="secret"
            value={made.secret}
            onFocus={(event) => event.target.select()}
          />
        </div>
        <div className="form-actions">
          <button type="button" className="button primary" onClick={() => void copy()}>
            Copy
          </button>
          <button type="button" className="button" onClick={done}>
            Done
          </button>
        </div>
        <p role="status">{told}</p>
      </div>
    </div>
  );
}

function KeyCard({ apiKey, changed }: { apiKey: ApiKey; changed: () => void }) {
  const { id, name, roles, ends } = apiKey;
  const [asks, setAsks] = useState(false);
  const revoking = useMutation({ mutationFn: () => revokeKey(id), onSuccess: changed });
  return (
    <li className="task" data-testid="key">
      <div className="task-head">
        <h2>{name}</h2>
        <span className="muted">
          key {id}, {Date.now() < ends ? `until ${day(ends)}` : `ended ${day(ends)}`}
        </span>
      </div>
      <p className="muted">{rolesText(roles)}</p>
      <div className="form-actions">
        <button type="button" className="button danger" onClick={() => setAsks(true)}>
          Revoke
        </button>
      </div>
      {asks && (
        <Confirm
          title={`Revoke the key for ${name}?`}
          action="Revoke it"
          waits={revoking.isPending}
          problem={revoking.error && toProblem(revoking.error)}
          confirm={() => revoking.mutate()}
          close={() => setAsks(false)}
        >
          <p>The program that has it gets no more answers, and the key cannot be had back.</p>
        </Confirm>
      )}
    </li>
  );
}

function AddKey(props: {
  collections: readonly CollectionSummary[];
  added: (key: NewApiKey) => void;
}) {
  const [name, setName] = useState('');
  const [days, setDays] = useState(String(DAYS));
  const [chosen, setChosen] = useState<ChosenRole>(NO_ROLE);
  const adding = useMutation({
    mutationFn: () => addKey({ name: name.trim(), days: Number(days), ...roleChange(chosen) }),
    onSuccess: (key) => {
      setName('');
      props.added(key);
    },
  });
  return (
    <form
      className="archive-form"
      data-testid="add-key"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        adding.mutate();
      }}
    >
      <section aria-labelledby="add-key-head">
        <h2 id="add-key-head">Make a key</h2>
        <div className="form-pair">
          <TextField
            label="What it is for"
            testId="key-name"
            required
            autoComplete="off"
            pattern={NAME}
            title="Letters, digits, and . _ @ - after the first of them; no blanks"
            value={name}
            set={setName}
          />
          <TextField
            label="Days that it holds"
            testId="key-days"
            type="number"
            required
            min={1}
            max={LONGEST}
            value={days}
            set={setDays}
          />
        </div>
        <RoleFields collections={props.collections} chosen={chosen} set={setChosen} />
        <div role="status">{adding.error && <Failure problem={toProblem(adding.error)} />}</div>
        <div className="form-actions">
          <button
            type="submit"
            className="button primary"
            data-testid="add-key-button"
            disabled={adding.isPending}
          >
            Make the key
          </button>
        </div>
      </section>
    </form>
  );
}
