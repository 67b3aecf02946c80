import type { Query } from '../../../src/contract/shapes.ts';
import { type Route, VARIED_LAMBDA } from './route.ts';

/** The first encoder alone, fused with the second, or to be compared with it. */
function encodersOf({ encoder, beside }: Route): Pick<Query, 'encoder' | 'compare'> {
  if (!encoder) return {};
  if (!beside) return { encoder };
  return beside.kind === 'fuse'
    ? { encoder: `${encoder},${beside.encoder}` }
    : { encoder, compare: beside.encoder };
}

/** The route's search as the server reads it; an own picture is its file 0. */
export function queryOf(route: Route): Query {
  const { query, frame, text, textWeight, more, less } = route;
  const region = route.region ? { region: route.region } : {};
  const beside = text !== '';
  const parts: Query['parts'] = [];
  if (query.kind === 'image') {
    parts.push({ image: query.id, ...region, weight: beside ? 1 - textWeight : 1 });
  }
  if (query.kind === 'upload') {
    parts.push({
      file: 0,
      ...(frame > 1 && { frame }),
      ...region,
      weight: beside ? 1 - textWeight : 1,
    });
  }
  if (beside) parts.push({ text, weight: query.kind === 'text' ? 1 : textWeight });
  parts.push(...more.map((image) => ({ image, role: 'more' as const })));
  parts.push(...less.map((image) => ({ image, role: 'less' as const })));
  return {
    parts,
    k: route.count,
    where: route.where,
    feedback: route.feedback,
    ...encodersOf(route),
    ...(route.exclude && { exclude: [route.exclude] }),
    ...(route.groupBy && { groupBy: route.groupBy }),
    ...(route.varied && { diversify: VARIED_LAMBDA }),
  };
}
