/** Names that a column of paths may have. */
const PATH_COLUMNS = ['filepath', 'path'];
/** Names that a column of whole embeddings may have. */
const VECTOR_COLUMNS = ['embedding', 'embeddings', 'vector'];

/** Which columns of a table are what, by their numbers. */
export interface EmbeddingColumns {
  path: number;
  /** One column with the whole embedding, or one for each value in order. */
  vector: readonly number[];
  /** The one column holds the whole embedding. */
  whole: boolean;
}

/**
 * Finds the columns of a table of embeddings: `filepath` and either `embedding` or one column for each
 * value, numbered from 0 or 1 behind one prefix (`e0`, `e1`, ...; `dim_1`, ...; `0`, `1`, ...).
 * @returns the columns, or what is wrong
 */
export function findColumns(names: readonly string[]): EmbeddingColumns | string {
  const path = names.findIndex((name) => PATH_COLUMNS.includes(name));
  if (path < 0) return 'It has no column "filepath".';
  const whole = names.findIndex((name) => VECTOR_COLUMNS.includes(name));
  if (whole >= 0) return { path, vector: [whole], whole: true };
  const prefixes = new Map<string, Map<number, number>>();
  for (const [column, name] of names.entries()) {
    const [, prefix, number] = /^(.*?)(\d+)$/.exec(name) ?? [];
    if (prefix === undefined || column === path) continue;
    if (!prefixes.has(prefix)) prefixes.set(prefix, new Map());
    prefixes.get(prefix)?.set(Number(number), column);
  }
  const [numbered, ...others] = prefixes.values();
  if (numbered === undefined) return 'It has neither a column "embedding" nor numbered ones.';
  if (others.length > 0) return 'It has numbered columns of more than one name.';
  const first = numbered.has(0) ? 0 : 1;
  const vector = Array.from({ length: numbered.size }, (_, i) => numbered.get(first + i));
  if (!vector.every((column) => column !== undefined)) {
    return `Its numbered columns do not run from ${first} to ${first + numbered.size - 1}.`;
  }
  return { path, vector, whole: false };
}
