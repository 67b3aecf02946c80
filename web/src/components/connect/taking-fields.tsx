import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { CollectionSummary } from '../../../../src/contract/shapes.ts';
import type { Taking } from '../../api.ts';
import { encodersRequest } from '../../state/requests.ts';
import { ChoiceField } from './fields.tsx';

const IDENTITY = [
  ['pseudonymous', 'Pseudonyms: nobody can tell who it is'],
  ['sealed', 'Pseudonyms; names and numbers encrypted'],
  ['keep', 'Names and numbers, readable'],
] as const;
const DATES = [
  ['year', 'The year'],
  ['shifted', 'The day, moved for each patient'],
] as const;
const BURNED_IN = [
  ['warn', 'A warning'],
  ['mask', 'It is made black'],
  ['skip', 'The image is left out'],
  ['off', 'Nothing: it is not looked for'],
] as const;

/** What is chosen of how images are taken; empty for what the collection has. */
interface Chosen {
  encoder: string;
  identity: string;
  dates: string;
  burnedIn: string;
}

const NOTHING: Chosen = { encoder: '', identity: '', dates: '', burnedIn: '' };

/** How images are taken into a collection. */
export function useTaking(summary: CollectionSummary | undefined) {
  const { data } = useQuery(encodersRequest());
  const [chosen, set] = useState(NOTHING);
  const encoders = data?.encoders ?? [];
  const usable = (name: string | undefined) => encoders.some((each) => each.name === name);
  // Images that the encoder which answers has not seen are not found.
  const own = summary?.encoders.find(({ isDefault }) => isDefault)?.name;
  const encoder = usable(chosen.encoder)
    ? chosen.encoder
    : usable(own)
      ? own
      : own && encoders[0]?.name;
  const { identity, dates, burnedIn } = chosen;
  const taking = {
    ...(encoder && { encoder }),
    ...(identity && { identity }),
    ...(dates && { dates }),
    ...(burnedIn && { burnedIn }),
  } as Taking;
  return { taking, fields: { encoders, own, encoder, chosen, set, isNew: summary === undefined } };
}

/** Chooses the encoder where there is a choice, and what is kept of patients. */
export function TakingFields(props: ReturnType<typeof useTaking>['fields']) {
  const { encoders, own, encoder, chosen, set, isNew } = props;
  /** What is done where nothing is chosen. */
  const usual = (what: string) => ['', isNew ? `As usual: ${what}` : 'As before'] as const;
  const of = (part: keyof Chosen) => ({
    testId: part,
    value: chosen[part],
    set: (value: string) => set({ ...chosen, [part]: value }),
  });
  return (
    <>
      {encoders.length > 1 && (
        <ChoiceField
          {...of('encoder')}
          label="Encoder"
          value={encoder ?? encoders[0]?.name ?? ''}
          choices={encoders.map(({ name, title }) => [
            name,
            name === own ? `${title} (answers in this collection)` : title,
          ])}
        />
      )}
      {own !== undefined && encoder !== undefined && encoder !== own && (
        <p className="notice" data-testid="other-encoder">
          Searches in this collection are answered by “{own}”, which will not find these images.
        </p>
      )}
      <details>
        <summary>What is kept of patients (DICOM)</summary>
        <div className="form-row">
          <ChoiceField
            {...of('identity')}
            label="Who it is"
            choices={[usual('pseudonyms'), ...IDENTITY]}
          />
          <ChoiceField
            {...of('dates')}
            label="When it was made"
            choices={[usual('the year'), ...DATES]}
          />
          <ChoiceField
            {...of('burnedIn')}
            label="Text in the picture"
            choices={[usual('a warning'), ...BURNED_IN]}
          />
          <p className="muted fine">What is chosen holds for the collection from now on.</p>
        </div>
      </details>
    </>
  );
}
