/** Remembers what happened lately; when it is full, the oldest makes room. */
export class Recent {
  private readonly times = new Map<string, number>();

  /** @param remembered so many at the most */
  constructor(private readonly remembered: number) {}

  /** Whether it happened within so many milliseconds. */
  has(key: string, within: number): boolean {
    return performance.now() - (this.times.get(key) ?? Number.NEGATIVE_INFINITY) < within;
  }

  add(key: string): void {
    this.times.delete(key);
    this.times.set(key, performance.now());
    const [oldest] = this.times.keys();
    if (this.times.size > this.remembered) this.times.delete(oldest as string);
  }
}
