import { LEVELS } from '../domain/levels.ts';
import type { ImageDescription } from './records.ts';

/*
 * A description as it stands in the column `fields` of an image: JSON with the ids of its values,
 * `[[metadata ...], [labels ...], [patient, study, series]]`, the last list without the nulls at its end.
 */

/** What a description but its path is. */
export type Described = Omit<ImageDescription, 'path'>;

/** Gives the id of a value; undefined where it has none. */
export type IdOf = (field: string, value: string) => number | undefined;

/** Asks for the id of each value once. */
export function remembered(find: IdOf): IdOf {
  const known = new Map<string, Map<string, number | undefined>>();
  return (field, value) => {
    const values = known.get(field) ?? new Map<string, number | undefined>();
    known.set(field, values);
    const id = values.get(value);
    if (id !== undefined || values.has(value)) return id;
    const found = find(field, value);
    values.set(value, found);
    return found;
  };
}

/** The field that labels are values of. */
const LABEL = 'label';

/** The description as it is stored; undefined where one of its values has no id. */
export function storedFields(description: Described, idOf: IdOf): string | undefined {
  const metadata = Object.entries(description.metadata).map(([field, value]) => idOf(field, value));
  const labels = description.labels.map((label) => idOf(LABEL, label));
  const levels = LEVELS.map((level) => {
    const value = description[level];
    return value === null ? null : idOf(level, value);
  });
  while (levels.at(-1) === null) levels.pop();
  const lists = [metadata, labels, levels];
  return lists.some((list) => list.includes(undefined))
    ? undefined
    : `[${lists.map((list) => `[${list.map((id) => id ?? 'null').join()}]`).join()}]`;
}

/** A stored description, parsed. */
type Lists = [metadata: number[], labels: number[], levels: (number | null)[]];

/** A stored description that names no patient, study or series, and apart from it the text that does. */
export function withoutLevels(fields: string): { fields: string; levels: string } {
  const at = fields.lastIndexOf(',[');
  return { fields: `${fields.slice(0, at)},[]]`, levels: fields.slice(at + 1, -1) };
}

/** The ids in such a text. @throws SyntaxError */
export function levelIds(levels: string): Lists[2] {
  return JSON.parse(levels);
}

/** Ids of all values of a stored description, each once. */
export function valueIdsOf(fields: string): Set<number> {
  return new Set(fields.match(/\d+/g)?.map(Number));
}

/** SQL: ids of the values of an image of the table `images`, as the column `atom`. */
export const VALUE_IDS = 'json_tree(images.fields) AS each';

/** Fields and values by their ids. */
export type Values = ReadonlyMap<number, readonly [field: string, value: string]>;

/** What a stored description says. @throws TypeError, SyntaxError where it is none, or a value is not there */
export function describedBy(fields: string, values: Values): Described {
  const [metadata, labels, levels] = JSON.parse(fields) as Lists;
  const pair = (id: number) => {
    const found = values.get(id);
    if (found === undefined) throw new TypeError(`There is no value ${id}.`);
    return found;
  };
  const ofField = (id: number, field: string | undefined) => {
    const [name, value] = pair(id);
    if (name !== field) throw new TypeError(`Value ${id} is not of the field it stands for.`);
    return value;
  };
  const [patient = null, study = null, series = null] = levels.map((id, i) =>
    id === null ? null : ofField(id, LEVELS[i]),
  );
  return {
    ...{ patient, study, series },
    labels: labels.map((id) => ofField(id, LABEL)),
    metadata: Object.fromEntries(metadata.map(pair)),
  };
}
