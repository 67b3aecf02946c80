import type { Answer } from '../contract/shapes.ts';
import type { QueryPart } from '../domain/query.ts';
import type { ImageRecord } from '../store/records.ts';

/** One result, in the contract's shape, with the record of its image. */
interface Neighbour extends Omit<Answer['neighbours'][number], 'image'> {
  image: ImageRecord;
}

/** What is answered, in the contract's shape, with the records of its images. */
export interface SearchAnswer extends Omit<Answer, 'encoder' | 'query' | 'copies' | 'neighbours'> {
  query: ImageRecord | null;
  copies: ImageRecord[];
  neighbours: Neighbour[];
}

/** A part of a query as it is answered. */
export function answerPart(part: QueryPart, weight: number): SearchAnswer['parts'][number] {
  return {
    kind: part.kind,
    id: part.kind === 'image' ? part.id : null,
    text: part.kind === 'text' ? part.text : null,
    region: ('region' in part && part.region) || null,
    role: part.role ?? 'query',
    weight,
  };
}
