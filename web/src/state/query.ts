import type { Image, Query } from '../../../src/contract/shapes.ts';
import { type Route, VARIED_LAMBDA } from './route.ts';

/** The first encoder alone, fused with the second, or to be compared with it. */
function encodersOf({ encoder, beside }: Route): Pick<Query, 'encoder' | 'compare'> {
  if (!encoder) return {};
  if (!beside) return { encoder };
  return beside.kind === 'fuse'
    ? { encoder: `${encoder},${beside.encoder}` }
    : { encoder, compare: beside.encoder };
}

/**
 * The route's search as the server reads it.
 * @param files how many own files are searched with; they are its files from 0 on
 * @param image the image searched with, as far as it is known
 */
export function queryOf(route: Route, files: number, image: Image | null): Query {
  const common = {
    k: route.count,
    where: route.where,
    ...encodersOf(route),
    ...(route.exclude && { exclude: [route.exclude] }),
  };
  if (route.level !== 'image') {
    return { ...common, level: route.level, parts: wholeParts(route, files, image) };
  }
  const { query, frame, text, textWeight, more, less } = route;
  const region = route.region ? { region: route.region } : {};
  const beside = text !== '';
  const parts: Query['parts'] = [];
  if (query.kind === 'image') {
    parts.push({ image: query.id, ...region, weight: beside ? 1 - textWeight : 1 });
  }
  if (query.kind === 'upload') {
    const weight = beside ? 1 - textWeight : 1;
    parts.push({ file: 0, ...(frame > 1 && { frame }), ...region, weight });
  }
  if (beside) parts.push({ text, weight: query.kind === 'text' ? 1 : textWeight });
  parts.push(...more.map((each) => ({ image: each, role: 'more' as const })));
  parts.push(...less.map((each) => ({ image: each, role: 'less' as const })));
  return {
    ...common,
    parts,
    feedback: route.feedback,
    ...(route.groupBy && { groupBy: route.groupBy }),
    ...(route.varied && { diversify: VARIED_LAMBDA }),
  };
}

/** What series and studies are compared with: all that belongs to the picture, unless a part of it is chosen. */
function wholeParts(
  { query, frame, text, region, level }: Route,
  files: number,
  image: Image | null,
): Query['parts'] {
  const words = text === '' ? [] : [{ text }];
  if (query.kind === 'upload') {
    const own = region
      ? [{ file: 0, frame, region }]
      : Array.from({ length: files }, (_, file) => ({ file }));
    return [...own, ...words];
  }
  if (query.kind !== 'image' || level === 'image') return words;
  const whole = !region && image?.[level] != null ? { whole: level } : {};
  return [{ image: query.id, ...(region && { region }), ...whole }, ...words];
}
