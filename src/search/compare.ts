import type { SearchAnswer } from './search-answer.ts';

/** Two answers to one query beside each other. */
interface CommonNeighbours {
  /** Images that both have. */
  shared: number;
  /** For each neighbour of the first its rank in the second, and the other way; null when it has none. */
  ranks: (number | null)[];
  otherRanks: (number | null)[];
}

/** What was found: a series or study may be shown by another image there. */
function nameOf({ image, group, matches }: SearchAnswer['neighbours'][number]): string | number {
  return matches === undefined || group === null ? image.id : group.name;
}

/** Finds the neighbours of two answers in each other. */
export function compareAnswers(
  first: Pick<SearchAnswer, 'neighbours'>,
  second: Pick<SearchAnswer, 'neighbours'>,
): CommonNeighbours {
  const ranksIn = (
    { neighbours }: Pick<SearchAnswer, 'neighbours'>,
    other: Pick<SearchAnswer, 'neighbours'>,
  ) => {
    const ranks = new Map(other.neighbours.map((each) => [nameOf(each), each.rank]));
    return neighbours.map((each) => ranks.get(nameOf(each)) ?? null);
  };
  const ranks = ranksIn(first, second);
  return {
    shared: ranks.filter((rank) => rank !== null).length,
    ranks,
    otherRanks: ranksIn(second, first),
  };
}
