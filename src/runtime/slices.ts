/** How long the event loop is held at once, in milliseconds. */
const SLICE = 8;

/** Those that pause, in the order in which they go on. */
const waiting: (() => void)[] = [];
let isScheduled = false;

/** One goes on in each turn of the event loop: however many there are, it is held for one slice at most. */
function schedule(): void {
  if (isScheduled) return;
  isScheduled = true;
  setImmediate(() => {
    isScheduled = false;
    waiting.shift()?.();
    if (waiting.length > 0) schedule();
  });
}

/** When the first slice of this turn of the event loop began. */
let turn: number | undefined;

/** What is done one after the other in one turn shares a slice: each with one of its own would hold the loop for all of them. */
function beginningOfTurn(): number {
  if (turn === undefined) {
    turn = performance.now();
    setImmediate(endTurn);
  }
  return turn;
}

function endTurn(): void {
  turn = undefined;
}

/** Slices of time, between which other work has its turn. */
export class Slices {
  private steps = 0;
  private begun = beginningOfTurn();

  /**
   * @param signal ends the work
   * @param every the clock is looked at after so many steps, where looking costs as much as a step
   */
  constructor(
    private readonly signal: AbortSignal | undefined,
    private readonly every = 1,
  ) {}

  /** Whether it is time for a pause; to be asked after every small step. */
  over(): boolean {
    this.steps += 1;
    return this.steps % this.every === 0 && performance.now() - this.begun > SLICE;
  }

  /** @throws the signal's reason */
  async pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
      schedule();
    });
    this.signal?.throwIfAborted();
    // Whatever came before in this turn, there is some time.
    endTurn();
    this.begun = beginningOfTurn();
  }

  /**
   * What each of some values gives.
   * @throws the signal's reason
   */
  async map<T, R>(values: Iterable<T>, step: (value: T, i: number) => R): Promise<R[]> {
    const results: R[] = [];
    for (const value of values) {
      results.push(step(value, results.length));
      if (this.over()) await this.pause();
    }
    return results;
  }
}
