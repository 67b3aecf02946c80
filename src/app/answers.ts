import type { Answer } from '../contract/shapes.ts';
import type { SearchAnswer } from '../search/search-answer.ts';
import { toImage } from './images.ts';

/** An answer as it leaves. */
export function toAnswer(answer: SearchAnswer & { encoder: string }): Answer {
  return {
    ...answer,
    query: answer.query && toImage(answer.query),
    copies: answer.copies.map(toImage),
    neighbours: answer.neighbours.map((n) => ({ ...n, image: toImage(n.image) })),
  };
}
