import { SemblanceError } from '../errors/error.ts';

/** Allowed values by field: any of the values of a field, and all of the fields. */
export type Filter = ReadonlyMap<string, readonly string[]>;

/**
 * Reads filters of the form `field=value`. A repeated field allows any of its values; different
 * fields must all match.
 * @throws SemblanceError REQUEST_INVALID when one has no field or no `=`
 */
export function parseFilter(terms: readonly string[]): Filter {
  const filter = new Map<string, string[]>();
  for (const term of terms) {
    const at = term.indexOf('=');
    if (at < 1) {
      throw new SemblanceError('REQUEST_INVALID', 'A filter has the form field=value.', {
        subject: term,
      });
    }
    const field = term.slice(0, at);
    const values = filter.get(field);
    if (values) values.push(term.slice(at + 1));
    else filter.set(field, [term.slice(at + 1)]);
  }
  return filter;
}

/**
 * The filter as an SQL condition on the column `image`, with the parameters it takes.
 * @param image SQL name of the image's id, for instance `images.id`
 */
export function filterCondition(filter: Filter, image: string): { sql: string; params: string[] } {
  const parts: string[] = [];
  const params: string[] = [];
  for (const [field, values] of filter) {
    const marks = values.map(() => '?').join(', ');
    parts.push(`${image} IN (SELECT image_id FROM fields WHERE field = ? AND value IN (${marks}))`);
    params.push(field, ...values);
  }
  return { sql: parts.length === 0 ? '1' : parts.join(' AND '), params };
}
