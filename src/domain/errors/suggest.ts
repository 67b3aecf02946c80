import { distance } from 'fastest-levenshtein';

/** So many names are listed where none is alike. */
const LISTED = 12;

/**
 * One sentence that leads from a name that does not exist to those that do: the most similar ones, or
 * where none is similar, the first of all.
 * @param name as it was written
 * @param known the names that exist
 * @param what one of them is, for instance `encoder`; empty where there is nothing to name
 */
export function suggestion(name: string, known: readonly string[], what: string): string {
  const folded = name.toLowerCase();
  const likeness = known
    .map((each) => ({ each, by: distance(folded, each.toLowerCase()) }))
    .filter(({ each, by }) => by <= Math.max(1, 0.4 * Math.min(name.length, each.length)))
    .sort((a, b) => a.by - b.by);
  const near = likeness.slice(0, 3).map(({ each }) => `"${each}"`);
  if (near.length > 0) return `Did you mean ${near.join(' or ')}?`;
  if (known.length === 0) return `There is no ${what}.`;
  const more = known.length > LISTED ? `, and ${known.length - LISTED} more` : '';
  return `There is: ${known.slice(0, LISTED).join(', ')}${more}.`;
}
