/**
 * What a comparison says nothing of, for people.
 * @param left how many values of the field are no date or no number
 * @param first some of them
 */
export function uncomparedNote(
  field: string,
  withDate: boolean,
  left: number,
  all: number,
  first: readonly string[],
): string {
  const examples = first.map(
    (value) => `“${value.length > 40 ? `${value.slice(0, 37)}...` : value}”`,
  );
  const kind = withDate ? 'dates' : 'numbers';
  return `${left} of ${all} values of “${field}” are no ${kind} and match no comparison: ${examples.join(', ')}.`;
}
