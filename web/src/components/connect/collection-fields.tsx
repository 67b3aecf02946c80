import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { CollectionSummary } from '../../../../src/contract/shapes.ts';
import { mayDo, type Role } from '../../../../src/domain/roles.ts';
import { sessionRequest } from '../../state/requests.ts';
import { ChoiceField, CollectionNameField } from './fields.tsx';

/** The choice that is a new collection; no collection has this name. */
const NEW = '+';

/** A collection as it is chosen: one that is there, or a new one and its name. */
export interface ChosenCollection {
  chosen: string;
  name: string;
}

/** The collections that whoever looks may change, and whether he may make others. */
export function useChangeable(collections: readonly CollectionSummary[]) {
  const { data } = useQuery(sessionRequest());
  const may = (role: Role, collection?: string) =>
    data !== undefined && (data.roles === null || mayDo(data.roles, role, collection));
  const own = collections.filter(({ name }) => may('editor', name));
  return { own, every: may('editor'), may };
}

/**
 * Which collection something goes into.
 * @param suggested name of a new one, until another is written
 * @param first the one that is chosen at first, where it may be changed
 */
export function useCollectionChoice(
  collections: readonly CollectionSummary[],
  suggested: string,
  first: string | null = null,
) {
  const { own, every } = useChangeable(collections);
  const [given, setGiven] = useState<Partial<ChosenCollection>>({
    ...(first && { chosen: first }),
  });
  const isKnown = own.some(({ name }) => name === given.chosen);
  const chosen = isKnown ? (given.chosen as string) : every ? NEW : (own[0]?.name ?? NEW);
  const name = given.name ?? suggested;
  const isNew = chosen === NEW;
  const collection = isNew ? name.trim() : chosen;
  /** What is known of it; undefined for a new one. */
  const summary = own.find((each) => each.name === collection);
  return {
    ...{ collection, summary },
    fields: {
      ...{ own, every, chosen, name, isNew, isThere: summary !== undefined },
      set: (changes: Partial<ChosenCollection>) => setGiven({ ...given, ...changes }),
    },
  };
}

/** Chooses one of the collections, or names a new one. */
export function CollectionFields(props: ReturnType<typeof useCollectionChoice>['fields']) {
  const { own, every, chosen, name, isNew, isThere, set } = props;
  return (
    <>
      <div className="form-pair">
        <ChoiceField
          label="Collection"
          testId="collection"
          choices={[
            ...(every ? [[NEW, 'A new one'] as const] : []),
            ...own.map((each) => [each.name, each.name] as const),
          ]}
          value={chosen}
          set={(value) => set({ chosen: value })}
        />
        {isNew && (
          <CollectionNameField
            label="Its name"
            testId="collection-name"
            value={name}
            set={(value) => set({ name: value })}
          />
        )}
      </div>
      {isNew && isThere && (
        <p className="notice" data-testid="collection-there">
          There is a collection “{name.trim()}”: the images are added to it.
        </p>
      )}
    </>
  );
}
