import type { LeftOut } from '../domain/left-out.ts';

/** Examples that are kept of each kind. */
const EXAMPLES = 3;

/** Counts what is left out of a source, by kind. */
export class LeftOutCount {
  private readonly kinds = new Map<string, LeftOut>();

  add(kind: string, path: string): void {
    const entry = this.kinds.get(kind) ?? { kind, count: 0, examples: [] };
    entry.count += 1;
    if (entry.examples.length < EXAMPLES) entry.examples.push(path);
    this.kinds.set(kind, entry);
  }

  /** The kinds, the most frequent first. */
  list(): LeftOut[] {
    return [...this.kinds.values()].sort((a, b) => b.count - a.count || (a.kind < b.kind ? -1 : 1));
  }
}
